using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Tls;

/// <summary>
/// Gives each handshake the certificate and the versions that are in force when it begins. Connections that are there
/// keep what they began with. The server's own configuration of certificates would close them to take another one.
/// </summary>
internal sealed class TlsHandshake(LiveSettings<TlsSettings> settings, CertificateStore certificates)
{
    /// <summary>Makes an endpoint speak TLS.</summary>
    public void Apply(ListenOptions endpoint) =>
        endpoint.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = BeginAsync });

    private ValueTask<SslServerAuthenticationOptions> BeginAsync(TlsHandshakeCallbackContext context) =>
        ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificates.Choose(context.ClientHelloInfo.ServerName),
            EnabledSslProtocols = settings.Current.Protocols,
        });
}
