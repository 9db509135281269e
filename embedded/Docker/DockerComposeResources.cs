using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Docker.Resources.ComposeNodes;

namespace Aspire.Hosting.Docker;

/// <summary>A deployment with compose. Stands for Aspire's class of that name.</summary>
/// <param name="name">The name.</param>
public class DockerComposeEnvironmentResource(string name) : Resource(name)
{
    /// <summary>The network of the services; <c>aspire</c> if null.</summary>
    public string? DefaultNetworkName { get; set; }

    /// <summary>Whether the dashboard is one of the services.</summary>
    public bool DashboardEnabled { get; set; } = true;

    internal IResourceBuilder<DockerComposeAspireDashboardResource>? Dashboard { get; init; }

    internal Action<ComposeFile>? ConfigureComposeFile { get; set; }

    internal Action<IDictionary<string, CapturedEnvironmentVariable>>? ConfigureEnvFile { get; set; }

    internal Dictionary<string, CapturedEnvironmentVariable> CapturedEnvironmentVariables { get; } =
        new(StringComparer.Ordinal);

    /// <summary>Takes a variable down for the environment file, and refers to it.</summary>
    internal string Capture(string variable, string? description, string? defaultValue = null)
    {
        CapturedEnvironmentVariables[variable] = new CapturedEnvironmentVariable
        {
            Name = variable,
            Description = description,
            DefaultValue = defaultValue,
        };
        return $"${{{variable}}}";
    }
}

/// <summary>A variable of the environment file. Stands for Aspire's class of that name.</summary>
public sealed class CapturedEnvironmentVariable
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>What the file says of it.</summary>
    public string? Description { get; set; }

    /// <summary>A value to begin with, which publishing, as in Aspire, does not write.</summary>
    public string? DefaultValue { get; set; }
}

/// <summary>A resource as a service of a compose file. Stands for Aspire's class of that name.</summary>
/// <param name="name">The name.</param>
/// <param name="resource">The resource.</param>
/// <param name="composeEnvironmentResource">The deployment.</param>
public class DockerComposeServiceResource(
    string name, IResource resource, DockerComposeEnvironmentResource composeEnvironmentResource)
    : Resource(name), IResourceWithParent<DockerComposeEnvironmentResource>
{
    /// <summary>The deployment.</summary>
    public DockerComposeEnvironmentResource Parent { get; } = composeEnvironmentResource;

    internal IResource TargetResource { get; } = resource;
}

/// <summary>The Aspire dashboard as a service of a compose file. Stands for Aspire's class of that name.</summary>
/// <param name="name">The name.</param>
public class DockerComposeAspireDashboardResource(string name) : ContainerResource(name)
{
    /// <summary>Where a browser finds it.</summary>
    public EndpointReference PrimaryEndpoint => new(this, "http");

    /// <summary>Where services send telemetry.</summary>
    public EndpointReference OtlpGrpcEndpoint => new(this, "otlp-grpc");
}

/// <summary>Changes a service before it is written. Stands for Aspire's class of that name.</summary>
/// <param name="configure">Changes it.</param>
public sealed class DockerComposeServiceCustomizationAnnotation(
    Action<DockerComposeServiceResource, Service> configure) : IResourceAnnotation
{
    /// <summary>Changes the service.</summary>
    public Action<DockerComposeServiceResource, Service> Configure { get; } = configure;
}
