using Microsoft.AspNetCore.Server.Kestrel.Core;
using Softy.Gateway.Configuration;
using Softy.Gateway.ProxyProtocol;
using Softy.Gateway.Status;
using Softy.Gateway.Tls;

namespace Softy.Gateway.Listening;

/// <summary>
/// The endpoints that the gateway's settings ask for beside those that every ASP.NET Core service has, on the same
/// addresses: by <c>ASPNETCORE_URLS</c>, <c>HTTP_PORTS</c> or <c>--urls</c>.
/// </summary>
/// <remarks>
/// They are addresses like the others, and known by their ports when they are bound: an endpoint that is added in code
/// would put the addresses out of force.
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

    /// <summary>Makes an endpoint what its port is for.</summary>
    public void Configure(ListenOptions endpoint)
    {
        // First, because the header comes before a TLS handshake.
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
    /// Whether a request has come without TLS, and could have come with it. The ports that have no TLS on purpose are
    /// for clients that do not want it.
    /// </summary>
    public bool CanRedirectToHttps(HttpContext context) =>
        _tlsPort is not null
        && !context.Request.IsHttps
        && context.Connection.LocalPort != _cleartextPort
        && context.Connection.LocalPort != _statusPort;

    /// <summary>
    /// Adds the endpoints to the addresses of the server. Where endpoints are configured in <c>Kestrel:Endpoints</c>,
    /// the server binds those alone, and each that has one of the ports is made what the port is for.
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

        var addressesOfServer = GetServerAddresses();
        var hosts = addressesOfServer
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

        foreach (var address in addressesOfServer)
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

    // As the server reads them when it finds no address.
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
        "HTTP/3 is not spoken: this platform has no QUIC, for which Linux needs libmsquic. HTTP/2 is. "
            + "Gateway:Tls:Http3=false says that it is meant so."
    )]
    private partial void LogNoQuic();
}
