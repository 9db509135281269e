using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Softy.AppHost.Running;

/// <summary>How the application's own services run beside each other on one machine.</summary>
internal static class ServiceExtensions
{
    private const string Dashboard = "aspire-dashboard";

    // Without a word from the developer's IDE, which starts projects itself, the built program is started.
    private const string IdeSession = "DEBUG_SESSION_PORT";

    /// <summary>
    /// Adds a project with one HTTP endpoint that clients reach without a proxy between, started as its built program, healthy as
    /// soon as <c>/health</c> answers, and gone within the time that the orchestrator grants it.
    /// </summary>
    /// <typeparam name="TProject">The project.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the resource.</param>
    /// <param name="port">The port, or null for a free one.</param>
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
            // The orchestrator's proxy costs more than the whole gateway, and balances connections on top of it.
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
    /// Starts the built program itself. Aspire would start <c>dotnet run</c>, which asks MSBuild first and stays in memory.
    /// </summary>
    private static IResourceBuilder<ProjectResource> StartDirectly(
        this IResourceBuilder<ProjectResource> service,
        ConfigurationManager configuration
    )
    {
        var project = service.Resource.GetProjectMetadata().ProjectPath;
        var folder = Path.GetDirectoryName(project)!;
        var program = Path.Combine(folder, OutputPath(), Path.GetFileNameWithoutExtension(project));
        if (OperatingSystem.IsWindows())
        {
            program += ".exe";
        }

        if (
            !string.IsNullOrEmpty(configuration[IdeSession])
            || configuration.GetValue("DOTNET_WATCH", false)
            || !File.Exists(program)
        )
        {
            return service;
        }

        // The program looks for the runtime in the usual places only; this one runs on it already.
        var runtime = new DirectoryInfo(Path.GetDirectoryName(typeof(object).Assembly.Location)!);
        return service
            .WithAnnotation(new ExecutableAnnotation { Command = program, WorkingDirectory = folder })
            .WithEnvironment("DOTNET_ROOT", runtime.Parent!.Parent!.Parent!.FullName);
    }

    /// <summary>
    /// Takes the exporter's address away where no dashboard takes what is exported: each trace would be made, sampled and
    /// sent to nobody, and the service's end would wait for that.
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

    /// <summary>Lets a service drain within the six seconds after which the orchestrator kills it.</summary>
    private static IResourceBuilder<ProjectResource> DrainInTime(this IResourceBuilder<ProjectResource> service) =>
        service
            // The gateway probes each second, and has to hear it.
            .WithEnvironment("Draining__Delay", "00:00:01.5")
            .WithEnvironment("Draining__Timeout", "00:00:03");

    private static string OutputPath() =>
        typeof(ServiceExtensions)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "OutputPath")
            .Value!.Replace('\\', Path.DirectorySeparatorChar);
}
