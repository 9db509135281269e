using System.Globalization;
using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Where a resource listens. Stands for Aspire's class of that name.</summary>
public sealed class EndpointAnnotation : IResourceAnnotation
{
    private readonly TaskCompletionSource<AllocatedEndpoint> _allocated =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private string? _transport;

    /// <summary>Describes an endpoint.</summary>
    /// <param name="protocol">The network protocol.</param>
    /// <param name="uriScheme">The scheme of its URL; by default that of the protocol.</param>
    /// <param name="transport">The application protocol; by default it follows from the scheme.</param>
    /// <param name="name">Its name; by default the scheme.</param>
    /// <param name="port">The port that clients use; any free one if null.</param>
    /// <param name="targetPort">The port that the resource itself listens on.</param>
    /// <param name="isExternal">Whether a deployment publishes it.</param>
    /// <param name="isProxied">Whether a proxy may stand before it; the embedded host has none.</param>
    public EndpointAnnotation(
        ProtocolType protocol,
        string? uriScheme = null,
        string? transport = null,
        string? name = null,
        int? port = null,
        int? targetPort = null,
        bool? isExternal = null,
        bool? isProxied = null)
    {
        Protocol = protocol;
        UriScheme = uriScheme ?? (protocol == ProtocolType.Udp ? "udp" : "tcp");
        _transport = transport;
        Name = name ?? UriScheme;
        Port = port;
        TargetPort = targetPort;
        IsExternal = isExternal ?? false;
        IsProxied = isProxied ?? true;
    }

    /// <summary>The name, unique in the resource.</summary>
    public string Name { get; set; }

    /// <summary>The network protocol.</summary>
    public ProtocolType Protocol { get; set; }

    /// <summary>The port that clients use, or null for any free one.</summary>
    public int? Port { get; set; }

    /// <summary>The port that the resource itself listens on, or null for the same.</summary>
    public int? TargetPort { get; set; }

    /// <summary>The scheme of its URL.</summary>
    public string UriScheme { get; set; }

    /// <summary>The host name that the resource listens on.</summary>
    public string TargetHost { get; set; } = "localhost";

    /// <summary>The application protocol.</summary>
    public string Transport
    {
        get => _transport ?? (UriScheme is "http" or "https" ? "http" : UriScheme);
        set => _transport = value;
    }

    /// <summary>Whether a deployment publishes it.</summary>
    public bool IsExternal { get; set; }

    /// <summary>Whether a proxy may stand before it; the embedded host has none.</summary>
    public bool IsProxied { get; set; }

    /// <summary>The address, once there is one.</summary>
    public AllocatedEndpoint? AllocatedEndpoint
    {
        get => _allocated.Task.IsCompletedSuccessfully ? _allocated.Task.Result : null;
        set => _allocated.TrySetResult(value ?? throw new ArgumentNullException(nameof(value)));
    }

    /// <summary>The environment variable that takes the port (the <c>env</c> argument of WithHttpEndpoint).</summary>
    internal string? TargetPortEnvironmentVariable { get; set; }

    /// <summary>Whether the port came from a launch profile, not from the AppHost.</summary>
    internal bool FromLaunchProfile { get; set; }

    internal Task<AllocatedEndpoint> WhenAllocated => _allocated.Task;
}

/// <summary>The address of an endpoint. Stands for Aspire's class of that name.</summary>
/// <param name="endpoint">The endpoint.</param>
/// <param name="address">The host name or address.</param>
/// <param name="port">The port.</param>
public sealed class AllocatedEndpoint(EndpointAnnotation endpoint, string address, int port)
{
    /// <summary>The endpoint.</summary>
    public EndpointAnnotation Endpoint { get; } = endpoint;

    /// <summary>The host name or address.</summary>
    public string Address { get; } = address;

    /// <summary>The port.</summary>
    public int Port { get; } = port;

    /// <summary>The scheme of the URL.</summary>
    public string UriScheme => Endpoint.UriScheme;

    /// <summary>The URL.</summary>
    public string UriString => $"{UriScheme}://{Address}:{Port.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>A part of an endpoint's address. Stands for Aspire's enumeration of that name.</summary>
public enum EndpointProperty
{
    /// <summary>The URL.</summary>
    Url,

    /// <summary>The host name.</summary>
    Host,

    /// <summary>The IPv4 address of the host.</summary>
    IPV4Host,

    /// <summary>The port that clients use.</summary>
    Port,

    /// <summary>The scheme of the URL.</summary>
    Scheme,

    /// <summary>The port that the resource itself listens on.</summary>
    TargetPort,

    /// <summary>Host name and port, with a colon between.</summary>
    HostAndPort,
}

/// <summary>An endpoint of a resource, for use as a value. Stands for Aspire's class of that name.</summary>
/// <param name="owner">The resource.</param>
/// <param name="endpointName">The name of the endpoint.</param>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName)
    : IManifestExpressionProvider, IValueProvider
{
    /// <summary>The resource.</summary>
    public IResourceWithEndpoints Resource { get; } = owner;

    /// <summary>The name of the endpoint.</summary>
    public string EndpointName { get; } = endpointName;

    /// <summary>What is said of the endpoint.</summary>
    /// <exception cref="InvalidOperationException">The resource has no endpoint of that name.</exception>
    public EndpointAnnotation EndpointAnnotation => Find()
        ?? throw new InvalidOperationException(
            $"The resource '{Resource.Name}' has no endpoint '{EndpointName}'; it has: {KnownNames()}.");

    /// <summary>Whether the resource has an endpoint of that name.</summary>
    public bool Exists => Find() is not null;

    /// <summary>Whether the endpoint has an address.</summary>
    public bool IsAllocated => Find()?.AllocatedEndpoint is not null;

    /// <summary>The URL, once there is one.</summary>
    public string Url => Allocated.UriString;

    /// <summary>The host name, once there is one.</summary>
    public string Host => Allocated.Address;

    /// <summary>The port, once there is one.</summary>
    public int Port => Allocated.Port;

    /// <summary>The scheme of the URL.</summary>
    public string Scheme => EndpointAnnotation.UriScheme;

    string IManifestExpressionProvider.ValueExpression => Property(EndpointProperty.Url).ValueExpression;

    private AllocatedEndpoint Allocated => EndpointAnnotation.AllocatedEndpoint
        ?? throw new InvalidOperationException(
            $"The endpoint '{EndpointName}' of '{Resource.Name}' has no address yet; the application is not started.");

    /// <summary>A part of the address, for use as a value.</summary>
    /// <param name="property">Which part.</param>
    /// <returns>The part.</returns>
    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    /// <inheritdoc />
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        Property(EndpointProperty.Url).GetValueAsync(cancellationToken);

    private EndpointAnnotation? Find() => Resource.Annotations.OfType<EndpointAnnotation>()
        .FirstOrDefault(e => string.Equals(e.Name, EndpointName, StringComparison.OrdinalIgnoreCase));

    private string KnownNames()
    {
        var names = Resource.Annotations.OfType<EndpointAnnotation>().Select(e => e.Name).ToArray();
        return names.Length == 0 ? "none" : string.Join(", ", names);
    }
}

/// <summary>A part of an endpoint's address, for use as a value. Stands for Aspire's class of that name.</summary>
/// <param name="endpointReference">The endpoint.</param>
/// <param name="property">Which part.</param>
public sealed class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property)
    : IManifestExpressionProvider, IValueProvider
{
    /// <summary>The endpoint.</summary>
    public EndpointReference Endpoint { get; } = endpointReference;

    /// <summary>Which part.</summary>
    public EndpointProperty Property { get; } = property;

    /// <inheritdoc />
    public string ValueExpression =>
        $"{{{Endpoint.Resource.Name}.bindings.{Endpoint.EndpointName}.{Property.ToString().ToLowerInvariant()}}}";

    /// <inheritdoc />
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        var allocated = await Endpoint.EndpointAnnotation.WhenAllocated.WaitAsync(cancellationToken);
        var port = allocated.Port.ToString(CultureInfo.InvariantCulture);
        return Property switch
        {
            EndpointProperty.Url => allocated.UriString,
            EndpointProperty.Host => allocated.Address,
            EndpointProperty.IPV4Host => allocated.Address is "localhost" ? "127.0.0.1" : allocated.Address,
            EndpointProperty.Port or EndpointProperty.TargetPort => port,
            EndpointProperty.Scheme => allocated.UriScheme,
            EndpointProperty.HostAndPort => $"{allocated.Address}:{port}",
            _ => throw new InvalidOperationException($"'{Property}' is no part of an endpoint's address."),
        };
    }
}
