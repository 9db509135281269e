using System.Net.Quic;
using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Tls;

/// <summary>
/// Configures TLS with the certificate and versions that are current when a handshake starts. Established connections
/// keep theirs. If Kestrel's own configuration of certificates changed, it would close all connections.
/// </summary>
internal sealed class TlsHandshake(LiveOptions<TlsOptions> options, CertificateStore certificates)
{
    /// <summary>Whether the endpoint also supports HTTP/3.</summary>
    public bool HasHttp3 { get; } = options.Current is { IsEnabled: true, Http3: true } && QuicListener.IsSupported;

    /// <summary>
    /// Configures an endpoint for TLS. Client and server negotiate the version of HTTP in the handshake.
    /// </summary>
    public void Apply(ListenOptions endpoint)
    {
        endpoint.Protocols = HasHttp3 ? HttpProtocols.Http1AndHttp2AndHttp3 : HttpProtocols.Http1AndHttp2;
        // Kestrel would announce its own port, but the public port may be different.
        endpoint.DisableAltSvcHeader = true;
        endpoint.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = CreateOptionsAsync });
    }

    private ValueTask<SslServerAuthenticationOptions> CreateOptionsAsync(TlsHandshakeCallbackContext context) =>
        ValueTask.FromResult(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificates.Select(context.ClientHelloInfo.ServerName),
                EnabledSslProtocols = options.Current.Protocols,
            }
        );
}
