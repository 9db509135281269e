using System.Globalization;
using Softy.AppHost.Compose.Nodes;

namespace Softy.AppHost.Compose;

/// <summary>
/// Converts the resources of the application model to services of the compose file. The values are the same as those of
/// Aspire's own Docker publisher.
/// </summary>
/// <param name="context">The context of the publish operation.</param>
/// <param name="resources">The resources to deploy.</param>
/// <param name="values">Resolves the values of the resources.</param>
/// <param name="isSwarm">Whether the deployment is for Docker Swarm.</param>
internal sealed class AppModelReader(
    DistributedApplicationExecutionContext context,
    IReadOnlyList<IResource> resources,
    ComposeValues values,
    bool isSwarm
)
{
    /// <summary>The port that every project listens on in its container.</summary>
    public const int ProjectPort = 8080;

    /// <summary>The network of all services.</summary>
    public const string Network = "aspire";

    /// <summary>The name of a resource's service, which is also its host name.</summary>
    public static string ServiceName(IResource resource) => resource.Name.ToLowerInvariant();

    /// <summary>The port of an endpoint inside the container.</summary>
    public static string Port(IResource resource, EndpointAnnotation endpoint) =>
        (endpoint.TargetPort ?? (resource is ProjectResource ? ProjectPort : endpoint.Port))?.ToString(
            CultureInfo.InvariantCulture
        )
        ?? throw new PublishException(
            $"Endpoint '{endpoint.Name}' of resource '{resource.Name}' has no port; give it a target port."
        );

    /// <summary>Converts a resource to a service.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The service, with the values of the application model only.</returns>
    public async Task<ComposeService> ReadAsync(IResource resource, CancellationToken cancellationToken)
    {
        RejectAnnotation<DockerfileBuildAnnotation>(resource, "an image that is built from a Dockerfile");
        RejectAnnotation<ContainerFileSystemCallbackAnnotation>(resource, "files that are copied into its container");
        var service = new ComposeService();
        if (resource.TryGetContainerImageName(out var image))
        {
            service.Image = ComposeValues.Escape(image);
        }

        if (resource is ContainerResource { Entrypoint: { } entrypoint })
        {
            service.Entrypoint.Add(ComposeValues.Escape(entrypoint));
        }

        await AddCommandAsync(resource, service, cancellationToken);
        await AddEnvironmentAsync(resource, service, cancellationToken);
        AddPorts(resource, service);
        AddMounts(resource, service);
        service.Networks.Add(Network);
        return service;
    }

    /// <summary>
    /// Makes a service start after its dependencies are healthy, or have started if they have no health check.
    /// </summary>
    /// <param name="resource">The resource.</param>
    /// <param name="services">All services.</param>
    public void AddDependencies(IResource resource, IReadOnlyDictionary<string, ComposeService> services)
    {
        var waits = resource.Annotations.OfType<WaitAnnotation>();
        foreach (var wait in waits.Where(wait => resources.Contains(wait.Resource)))
        {
            var name = ServiceName(wait.Resource);
            services[ServiceName(resource)].DependsOn[name] = new ComposeDependency(
                wait.WaitType switch
                {
                    WaitType.WaitForCompletion => "service_completed_successfully",
                    WaitType.WaitUntilHealthy when services[name].Healthcheck is not null => "service_healthy",
                    _ => "service_started",
                }
            );
        }
    }

    private static void RejectAnnotation<TAnnotation>(IResource resource, string what)
        where TAnnotation : IResourceAnnotation
    {
        if (resource.Annotations.OfType<TAnnotation>().Any())
        {
            throw new PublishException(
                $"Resource '{resource.Name}' cannot be published: it has {what}, which this publisher does not write. "
                    + "Use a published image, or leave the resource out with ExcludeFromManifest()."
            );
        }
    }

    private async Task AddCommandAsync(IResource resource, ComposeService service, CancellationToken cancellationToken)
    {
        List<object> arguments = [];
        var callbackContext = new CommandLineArgsCallbackContext(arguments, resource, cancellationToken)
        {
            ExecutionContext = context,
        };
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(callbackContext);
        }

        foreach (var (index, argument) in arguments.Index())
        {
            var what = $"Argument {(index + 1).ToString(CultureInfo.InvariantCulture)}";
            service.Command.Add(
                await values.ResolveAsync(argument, resource.Name, what, string.Empty, cancellationToken)
            );
        }
    }

    private async Task AddEnvironmentAsync(
        IResource resource,
        ComposeService service,
        CancellationToken cancellationToken
    )
    {
        var callbackContext = new EnvironmentCallbackContext(context, resource, cancellationToken: cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(callbackContext);
        }

        foreach (var (key, value) in callbackContext.EnvironmentVariables)
        {
            var text = await values.ResolveAsync(
                value,
                resource.Name,
                $"The variable {key}",
                HostPrefix(key),
                cancellationToken
            );
            service.Environment[key] = key is "HTTP_PORTS" or "HTTPS_PORTS" or "ASPNETCORE_URLS"
                ? RemoveDuplicates(text)
                : text;
        }
    }

    // Several endpoints can share a port, which Aspire then lists once for each. A server cannot listen on it twice.
    private static string RemoveDuplicates(string list) =>
        string.Join(';', list.Split(';').Distinct(StringComparer.Ordinal));

    // Swarm load-balances connections to a service name, and drops connections that were idle for 15 minutes. The name
    // with this prefix resolves to every task instead. These variables contain the addresses that clients connect to.
    private string HostPrefix(string key) =>
        isSwarm
        && (
            key.StartsWith("ConnectionStrings__", StringComparison.Ordinal)
            || key.StartsWith("services__", StringComparison.Ordinal)
        )
            ? "tasks."
            : string.Empty;

    private static void AddPorts(IResource resource, ComposeService service)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            var inside = Port(resource, endpoint);
            var (list, port) =
                !endpoint.IsExternal ? (service.Expose, inside)
                : endpoint.Port is not { } outside ? (service.Ports, inside)
                : (service.Ports, $"{outside.ToString(CultureInfo.InvariantCulture)}:{inside}");
            if (!list.Contains(port, StringComparer.Ordinal))
            {
                list.Add(port);
            }
        }
    }

    private static void AddMounts(IResource resource, ComposeService service)
    {
        foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>())
        {
            service.Volumes.Add(
                new ComposeMount(
                    mount.Type == ContainerMountType.BindMount ? "bind" : "volume",
                    ComposeValues.Escape(mount.Target),
                    mount.Source is { } source ? ComposeValues.Escape(source) : null,
                    mount.IsReadOnly
                )
            );
        }
    }
}
