using Microsoft.Extensions.Configuration;

namespace Softy.AppHost.Running;

/// <summary>Extension methods for the application's own services.</summary>
internal static class ServiceExtensions
{
    /// <summary>The name of the endpoint for HTTP/2.</summary>
    public const string Http2 = "h2";

    // In a container, beside the 8080 of HTTP/1.1.
    private const int Http2Port = 8081;

    private const string Dashboard = "aspire-dashboard";

    // The variable by which an IDE announces that it starts the projects itself.
    private const string IdeSession = "DEBUG_SESSION_PORT";

    /// <summary>
    /// Adds a project with one HTTP endpoint without a proxy. In run mode, the built program is started, it is healthy
    /// as soon as <c>/health</c> answers, and it stops within the orchestrator's timeout.
    /// </summary>
    /// <typeparam name="TProject">The project.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the resource.</param>
    /// <param name="port">The port, or null for any free port.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<ProjectResource> AddService<TProject>(
        this IDistributedApplicationBuilder builder,
        string name,
        int? port = null
    )
        where TProject : IProjectMetadata, new()
    {
        var service = builder
            .AddProject<TProject>(name, options => options.ExcludeLaunchProfile = true)
            // The orchestrator's proxy uses more CPU than the gateway, and balances connections in addition.
            .WithHttpEndpoint(port: port, isProxied: false)
            .WithPromptHttpHealthCheck("/health");
        return builder.ExecutionContext.IsPublishMode
            ? service
            : service
                .StartDirectly(builder.Configuration)
                .ExportOnlyToDashboard()
                .DrainInTime()
                .WithFailuresOnConsole();
    }

    /// <summary>
    /// Adds an endpoint for HTTP/2 without TLS. It has its own port, because a version can only be negotiated with TLS.
    /// </summary>
    /// <param name="service">The service, which reads the port from its setting <c>Http2:Port</c>.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithHttp2Endpoint(this IResourceBuilder<ProjectResource> service) =>
        service
            .WithHttpEndpoint(
                name: Http2,
                targetPort: service.ApplicationBuilder.ExecutionContext.IsPublishMode ? Http2Port : null,
                env: "Http2__Port",
                isProxied: false
            )
            .WithEndpoint(Http2, endpoint => endpoint.Transport = "http2");

    /// <summary>
    /// Starts the built program, or that of the option <c>Programs</c>. Aspire would start <c>dotnet run</c>, which
    /// evaluates the project first and stays in memory.
    /// </summary>
    private static IResourceBuilder<ProjectResource> StartDirectly(
        this IResourceBuilder<ProjectResource> service,
        ConfigurationManager configuration
    )
    {
        var project = service.Resource.GetProjectMetadata().ProjectPath;
        var programs = ServicePrograms.ReadFolder(configuration);
        var program = ServicePrograms.Find(project, programs);
        if (
            programs is null
            && (
                !string.IsNullOrEmpty(configuration[IdeSession])
                || configuration.GetValue("DOTNET_WATCH", false)
                || !File.Exists(program)
            )
        )
        {
            return service;
        }

        // The settings of a service are in the folder of the project, and beside a program elsewhere.
        var folder = Path.GetDirectoryName(programs is null ? project : program)!;
        // The program finds .NET only in its standard locations, so it gets the location of this process's runtime.
        var runtime = new DirectoryInfo(Path.GetDirectoryName(typeof(object).Assembly.Location)!);
        return service
            .WithAnnotation(new ExecutableAnnotation { Command = program, WorkingDirectory = folder })
            .WithEnvironment("DOTNET_ROOT", runtime.Parent!.Parent!.Parent!.FullName);
    }

    /// <summary>
    /// Removes the exporter's endpoint if there is no dashboard. Otherwise services would create traces that nothing
    /// receives, and would wait for the exporter when they stop.
    /// </summary>
    private static IResourceBuilder<ProjectResource> ExportOnlyToDashboard(
        this IResourceBuilder<ProjectResource> service
    ) =>
        service.WithEnvironment(context =>
        {
            if (!service.ApplicationBuilder.Resources.Any(resource => resource.Name == Dashboard))
            {
                context.EnvironmentVariables.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
            }
        });

    /// <summary>Makes a service drain within six seconds, after which the orchestrator kills it.</summary>
    private static IResourceBuilder<ProjectResource> DrainInTime(this IResourceBuilder<ProjectResource> service) =>
        service
            // The gateway probes every 500 ms, and must notice the draining service within this delay.
            .WithEnvironment("Draining__Delay", "00:00:01.5")
            .WithEnvironment("Draining__Timeout", "00:00:03");
}
