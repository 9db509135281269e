using Softy.AppHost.Running;

namespace Softy.AppHost.Dashboard;

/// <summary>Configures icons, links and commands of the services on the dashboard.</summary>
internal static class DashboardPresentation
{
    private const string Http = "http";

    /// <summary>Adds icons and named links to the services, and commands to the gateway.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="web">The web site.</param>
    /// <param name="api">The replicas of the API.</param>
    /// <param name="gateway">The gateway.</param>
    public static void ShowOnDashboard(
        this IDistributedApplicationBuilder builder,
        IResourceBuilder<ProjectResource> web,
        ReplicaSet api,
        IResourceBuilder<ProjectResource> gateway
    )
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            return;
        }

        web.WithIconName("Document").WithUrlForEndpoint(Http, url => url.DisplayText = "Files");
        foreach (var replica in api.Replicas.Concat(api.Spares))
        {
            replica
                .WithIconName("BrainCircuit")
                .WithUrlForEndpoint(Http, url => (url.DisplayText, url.Url) = ("OpenAPI", "/openapi/v1.json"))
                // Browsers do not speak HTTP/2 without TLS.
                .WithUrlForEndpoint(
                    ServiceExtensions.Http2,
                    url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly
                );
        }

        gateway
            .WithIconName("ArrowSplit")
            .WithUrlForEndpoint(Http, url => url.DisplayText = "Softy")
            .WithUrlForEndpoint(
                Http,
                _ => new ResourceUrlAnnotation { Url = "/gateway/status", DisplayText = "Status" }
            )
            .WithUrlForEndpoint(
                Http,
                _ => new ResourceUrlAnnotation { Url = "/openapi/v1.json", DisplayText = "OpenAPI" }
            )
            .WithSendRequestsCommand()
            .WithPolicyCommand();
    }
}
