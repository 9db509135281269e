using Microsoft.AspNetCore.Server.Kestrel.Core;
using Softy.Gateway.Configuration;
using Softy.Gateway.ProxyProtocol;
using Softy.Gateway.Status;
using Softy.Gateway.Tls;

namespace Softy.Gateway.Listening;

/// <summary>
/// Adds the endpoints of the gateway's own settings to the server's usual ones. They use the same hosts, which come
/// from <c>ASPNETCORE_URLS</c>, <c>HTTP_PORTS</c> or <c>--urls</c>.
/// </summary>
/// <remarks>
/// The endpoints are added as addresses and recognized by their ports when they are bound. If they were added with
/// <c>Listen</c> in code, Kestrel would ignore the configured addresses.
/// </remarks>
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
    private const string Default = "http://localhost:5000";

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
    /// Adds the endpoints to the server's addresses. If <c>Kestrel:Endpoints</c> is configured, the server binds only
    /// those endpoints, and this method adds nothing. An endpoint there that uses one of the ports still gets that
    /// port's configuration.
    /// </summary>
    public void AddTo(ICollection<string> addresses)
    {
        if (_tlsPort is not null && tls.Current.Http3 && !handshake.HasHttp3)
        {
            LogNoQuic();
        }

        var added = GetAdditionalEndpoints().ToList();
        if (added.Count == 0 || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            return;
        }

        var serverAddresses = GetServerAddresses();
        var hosts = serverAddresses
            .Select(BindingAddress.Parse)
            .Where(address => !address.IsUnixPipe && !address.IsNamedPipe)
            .Select(address => address.Host)
            .Distinct(StringComparer.OrdinalIgnoreCase);
        foreach (var host in hosts)
        {
            foreach (var (scheme, port) in added)
            {
                addresses.Add($"{scheme}://{host}:{port}");
            }
        }

        foreach (var address in serverAddresses)
        {
            addresses.Add(address);
        }
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

    // Reads the same settings as the server does when it has no addresses.
    private string[] GetServerAddresses()
    {
        if (Split(WebHostDefaults.ServerUrlsKey) is { Length: > 0 } urls)
        {
            return urls;
        }

        string[] byPort =
        [
            .. Split(WebHostDefaults.HttpPortsKey).Select(port => $"http://*:{port}"),
            .. Split(WebHostDefaults.HttpsPortsKey).Select(port => $"https://*:{port}"),
        ];
        return byPort.Length > 0 ? byPort : [Default];
    }

    private string[] Split(string key) =>
        (configuration[key] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    [LoggerMessage(
        1,
        LogLevel.Information,
        "HTTP/3 is disabled, because this platform has no QUIC, which needs libmsquic on Linux. HTTP/2 is available. "
            + "Set Gateway:Tls:Http3=false to hide this message."
    )]
    private partial void LogNoQuic();
}
