using System.Globalization;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Pipelines;

namespace Aspire.Hosting.Docker.Publishing;

/// <summary>Makes a service of a resource.</summary>
internal sealed class ServiceWriter(DockerComposeServiceResource target, PipelineStepContext context)
{
    private readonly IResource _resource = target.TargetResource;

    public async Task<Service> WriteAsync()
    {
        var container = ContainerFacts.Of(_resource);
        var service = new Service
        {
            Name = _resource.Name.ToLowerInvariant(),
            Image = container?.Image ?? Capture(_resource, "IMAGE", "Container image name for", $"{_resource.Name}:latest"),
            Entrypoint = container?.Entrypoint ?? [],
            Command = container?.Command ?? [],
        };

        foreach (var (name, value) in await ReadEnvironmentAsync(container))
        {
            service.Environment[name] = Resolve(value);
        }

        foreach (var endpoint in _resource.Annotations.OfType<EndpointAnnotation>())
        {
            var (ports, port) = endpoint.IsExternal ? (service.Ports, PublishedPort(endpoint)) : (service.Expose, TargetPort(_resource, endpoint));
            if (!ports.Contains(port))
            {
                ports.Add(port);
            }
        }

        service.Volumes.AddRange(_resource.Annotations.OfType<ContainerMountAnnotation>().Select(mount => new Volume
        {
            Name = mount.Source!,
            Type = "volume",
            Target = mount.Target,
            Source = mount.Source,
            ReadOnly = mount.IsReadOnly,
        }));

        foreach (var wait in _resource.Annotations.OfType<WaitAnnotation>())
        {
            // A database is no service; its server is.
            var other = wait.Resource is IResourceWithParent child ? child.Parent : wait.Resource;
            service.DependsOn[other.Name.ToLowerInvariant()] = new ServiceDependency
            {
                Condition = wait.WaitType == WaitType.WaitForCompletion ? "service_completed_successfully" : "service_started",
            };
        }

        return service;
    }

    private async Task<Dictionary<string, object>> ReadEnvironmentAsync(ContainerFacts? container)
    {
        var variables = new EnvironmentCallbackContext(
            context.ExecutionContext, _resource, container?.Environment, context.CancellationToken);
        foreach (var annotation in _resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(variables);
        }

        var environment = variables.EnvironmentVariables;
        if (_resource is ProjectResource && target.Parent is { DashboardEnabled: true, Dashboard: { } dashboard })
        {
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = dashboard.Resource.OtlpGrpcEndpoint;
            environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
            environment["OTEL_SERVICE_NAME"] = _resource.Name;
        }

        // No certificates here: an HTTPS address is not one to call a service by.
        foreach (var (name, value) in environment)
        {
            if (value is EndpointReference { Scheme: "https" } && name.StartsWith("services__", StringComparison.Ordinal))
            {
                environment.Remove(name);
            }
        }

        return environment;
    }

    private string Resolve(object value) => value switch
    {
        string text => text,
        ParameterResource parameter => target.Parent.Capture(
            parameter.Name.ToUpperInvariant().Replace('-', '_'), $"Parameter {parameter.Name}"),
        EndpointReference endpoint => Resolve(endpoint.Property(EndpointProperty.Url)),
        EndpointReferenceExpression part => Part(part),
        ConnectionStringReference reference => Resolve(reference.Resource.ConnectionStringExpression),
        IResourceWithConnectionString resource => Resolve(resource.ConnectionStringExpression),
        ReferenceExpression expression => string.Format(
            CultureInfo.InvariantCulture, expression.Format, [.. expression.ValueProviders.Select(Resolve)]),
        _ => throw new DistributedApplicationException(
            $"The resource '{_resource.Name}' has an environment variable of type '{value.GetType().Name}', which cannot be published."),
    };

    private string Part(EndpointReferenceExpression part)
    {
        var resource = part.Endpoint.Resource;
        var host = resource.Name;
        var port = TargetPort(resource, part.Endpoint.EndpointAnnotation);
        return part.Property switch
        {
            EndpointProperty.Url => $"{part.Endpoint.Scheme}://{host}:{port}",
            EndpointProperty.Host or EndpointProperty.IPV4Host => host,
            EndpointProperty.Port or EndpointProperty.TargetPort => port,
            EndpointProperty.HostAndPort => $"{host}:{port}",
            _ => part.Endpoint.Scheme,
        };
    }

    private string PublishedPort(EndpointAnnotation endpoint)
    {
        var inside = TargetPort(_resource, endpoint);
        return endpoint.Port is { } port ? $"{port.ToString(CultureInfo.InvariantCulture)}:{inside}" : inside;
    }

    private string TargetPort(IResource resource, EndpointAnnotation endpoint) =>
        (endpoint.TargetPort ?? (resource is ProjectResource ? null : endpoint.Port))?.ToString(CultureInfo.InvariantCulture)
        ?? Capture(resource, "PORT", "Default container port for", "8080");

    private string Capture(IResource resource, string suffix, string description, string defaultValue) =>
        target.Parent.Capture(
            $"{resource.Name.ToUpperInvariant().Replace('-', '_')}_{suffix}", $"{description} {resource.Name}", defaultValue);
}
