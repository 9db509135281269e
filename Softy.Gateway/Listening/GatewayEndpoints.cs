using Microsoft.AspNetCore.Server.Kestrel.Core;
using Softy.Gateway.Configuration;
using Softy.Gateway.ProxyProtocol;
using Softy.Gateway.Status;
using Softy.Gateway.Tls;
using Softy.ServiceDefaults.Listening;

namespace Softy.Gateway.Listening;

/// <summary>
/// The endpoints of the gateway's own settings, which are recognized by their ports when they are bound.
/// </summary>
internal sealed partial class GatewayEndpoints(
    IConfiguration configuration,
    LiveOptions<TlsOptions> tls,
    LiveOptions<Http2CleartextOptions> cleartext,
    LiveOptions<StatusOptions> status,
    TlsHandshake handshake,
    ProxyProtocolMiddleware proxyProtocol,
    ILogger<GatewayEndpoints> logger
)
{
    private readonly int? _tlsPort = tls.Current.IsEnabled ? tls.Current.Port : null;
    private readonly int? _cleartextPort = NullIfZero(cleartext.Current.Port);
    private readonly int? _statusPort = NullIfZero(status.Current.Port);

    /// <summary>Configures an endpoint for the purpose of its port.</summary>
    public void Configure(ListenOptions endpoint)
    {
        // This must come first, because the header precedes the TLS handshake.
        proxyProtocol.Apply(endpoint);

        var port = endpoint.IPEndPoint?.Port;
        if (port is null)
        {
            return;
        }

        if (port == _tlsPort)
        {
            handshake.Apply(endpoint);
        }
        else if (port == _cleartextPort)
        {
            endpoint.Protocols = HttpProtocols.Http2;
        }
    }

    /// <summary>
    /// Whether a request came without TLS but the same site is available with TLS. The dedicated ports without TLS are
    /// excluded, because their clients want plain HTTP.
    /// </summary>
    public bool CanRedirectToHttps(HttpContext context) =>
        _tlsPort is not null
        && !context.Request.IsHttps
        && context.Connection.LocalPort != _cleartextPort
        && context.Connection.LocalPort != _statusPort;

    /// <summary>
    /// Adds the endpoints to the server's addresses. An endpoint in <c>Kestrel:Endpoints</c> that uses one of the ports
    /// gets that port's configuration too.
    /// </summary>
    public void AddTo(ICollection<string> addresses)
    {
        if (_tlsPort is not null && tls.Current.Http3 && !handshake.HasHttp3)
        {
            LogNoQuic();
        }

        ServerAddresses.Add(addresses, configuration, [.. GetAdditionalEndpoints()]);
    }

    private static int? NullIfZero(int port) => port > 0 ? port : null;

    private IEnumerable<(string Scheme, int Port)> GetAdditionalEndpoints()
    {
        if (_tlsPort is { } tlsPort)
        {
            yield return (Uri.UriSchemeHttps, tlsPort);
        }

        if (_cleartextPort is { } cleartextPort)
        {
            yield return (Uri.UriSchemeHttp, cleartextPort);
        }

        if (_statusPort is { } statusPort)
        {
            yield return (Uri.UriSchemeHttp, statusPort);
        }
    }

    [LoggerMessage(
        1,
        LogLevel.Information,
        "HTTP/3 is disabled, because this platform has no QUIC, which needs libmsquic on Linux. HTTP/2 is available. "
            + "Set Gateway:Tls:Http3=false to hide this message."
    )]
    private partial void LogNoQuic();
}
