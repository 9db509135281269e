namespace Softy.ServiceDefaults;

/// <summary>The names of the response headers by which services and the gateway tell each other their state.</summary>
public static class SoftyHeaders
{
    /// <summary>The response header with the name of the replica that answered.</summary>
    public const string Instance = "X-Softy-Instance";

    /// <summary>
    /// The response header of the health endpoints that names the service. The gateway compares it with the service
    /// that it expects, because another program may get the address of a replica that has stopped.
    /// </summary>
    public const string Service = "X-Softy-Service";

    /// <summary>
    /// The response header of the health endpoints with the port for HTTP/2 without TLS, if the service has one. The
    /// gateway uses HTTP/2 for a replica as long as its answers to probes have the header.
    /// </summary>
    public const string Http2Port = "X-Softy-Http2-Port";

    /// <summary>
    /// The response header of a service that is draining. It tells the gateway that the replica is shutting down and
    /// not failing, with the next response instead of the next probe.
    /// </summary>
    public const string Draining = "X-Softy-Draining";
}
