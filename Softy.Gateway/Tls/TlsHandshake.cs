using System.Net.Quic;
using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Tls;

/// <summary>
/// Gives each handshake the certificate and the versions that are in force when it begins. Connections that are there
/// keep what they began with. The server's own configuration of certificates would close them to take another one.
/// </summary>
internal sealed class TlsHandshake(LiveOptions<TlsOptions> options, CertificateStore certificates)
{
    /// <summary>Whether the endpoint speaks HTTP/3, too.</summary>
    public bool HasHttp3 { get; } = options.Current is { IsEnabled: true, Http3: true } && QuicListener.IsSupported;

    /// <summary>Makes an endpoint speak TLS. Client and server agree on the version of HTTP in the handshake.</summary>
    public void Apply(ListenOptions endpoint)
    {
        endpoint.Protocols = HasHttp3 ? HttpProtocols.Http1AndHttp2AndHttp3 : HttpProtocols.Http1AndHttp2;
        // The server would announce the port that it listens on, which clients may know by another number.
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
