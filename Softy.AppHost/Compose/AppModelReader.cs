using System.Globalization;
using Softy.AppHost.Compose.Nodes;

namespace Softy.AppHost.Compose;

/// <summary>
/// Reads the application model: what it says of each resource becomes a service of the compose file. The values are
/// those that Aspire's own Docker publisher gives.
/// </summary>
/// <param name="context">The publishing that this is part of.</param>
/// <param name="resources">The resources that are deployed.</param>
/// <param name="values">Resolves their values.</param>
/// <param name="isSwarm">Whether the deployment is for a swarm.</param>
internal sealed class AppModelReader(
    DistributedApplicationExecutionContext context,
    IReadOnlyList<IResource> resources,
    ComposeValues values,
    bool isSwarm
)
{
    /// <summary>The port on which every project listens in its container.</summary>
    public const int ProjectPort = 8080;

    /// <summary>The network that all services share.</summary>
    public const string Network = "aspire";

    /// <summary>The name of a resource's service, which is its host name too.</summary>
    public static string ServiceName(IResource resource) => resource.Name.ToLowerInvariant();

    /// <summary>The port of an endpoint inside of the container.</summary>
    public static string Port(IResource resource, EndpointAnnotation endpoint) =>
        (endpoint.TargetPort ?? (resource is ProjectResource ? ProjectPort : endpoint.Port))?.ToString(
            CultureInfo.InvariantCulture
        )
        ?? throw new PublishException(
            $"Endpoint '{endpoint.Name}' of resource '{resource.Name}' has no port; give it a target port."
        );

    /// <summary>Makes a service of a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The service, which runs as the model says and knows no more than that.</returns>
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

    /// <summary>Lets a service start after those that it waits for are healthy, or run, where they cannot say so.</summary>
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

    // Endpoints may share a port, which Aspire then names for each of them; a server cannot listen on it twice.
    private static string RemoveDuplicates(string list) =>
        string.Join(';', list.Split(';').Distinct(StringComparer.Ordinal));

    // Behind the name of a service, Swarm balances connections, and forgets one that is idle for 15 minutes. Under this
    // name its DNS lists every task. Clients read the addresses that they connect to from these variables.
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
