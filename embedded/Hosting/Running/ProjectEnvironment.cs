using Aspire.Hosting.Dashboard;

namespace Aspire.Hosting.Running;

/// <summary>The environment variables that every project gets, as in Aspire.</summary>
internal static class ProjectEnvironment
{
    public static void Set(EnvironmentCallbackContext context, IDistributedApplicationBuilder builder)
    {
        var variables = context.EnvironmentVariables;
        if (context.ExecutionContext.IsPublishMode)
        {
            variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
            variables["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
            if (context.Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => e.UriScheme == "http") is { } http)
            {
                variables["HTTP_PORTS"] = new EndpointReference((ProjectResource)context.Resource, http.Name)
                    .Property(EndpointProperty.TargetPort);
            }

            return;
        }

        variables["ASPNETCORE_ENVIRONMENT"] = builder.Environment.EnvironmentName;
        variables["DOTNET_ENVIRONMENT"] = builder.Environment.EnvironmentName;
        variables["OTEL_SERVICE_NAME"] = context.Resource.Name;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={ResourceInstance.IdOf(context.Resource.Name)}";
        DashboardResource.SetTelemetry(variables, builder);
    }
}
