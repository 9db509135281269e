using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Compose;

/// <summary>The gateway of a deployment, on a port of this machine that nobody else listens on.</summary>
public sealed class DeployedGateway
{
    public int Port { get; } = FreePort.Find();

    public int SecurePort { get; } = FreePort.Find();

    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/"));

    /// <summary>The address for HTTPS, where a test has configured it.</summary>
    public Uri SecureAddress => new(string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{SecurePort}/"));

    /// <summary>
    /// Expects HTTPS with HTTP/2, a redirect from plain HTTP, and probes without it. Waits, because the gateway may
    /// have just been started or have another certificate.
    /// </summary>
    /// <param name="certificates">The authority of the certificate.</param>
    /// <param name="host">The host name in the certificate.</param>
    /// <param name="serial">The serial number of the certificate.</param>
    internal async Task ShouldServeHttpsAsync(CertificateFolder certificates, string host, string serial)
    {
        var seen = "";
        await Eventually.Async(
            async () =>
            {
                using var secure = certificates.CreateClient(
                    SecureAddress,
                    host,
                    handler =>
                        handler.PlaintextStreamFilter = (context, _) =>
                        {
                            seen = ((SslStream)context.PlaintextStream).RemoteCertificate!.GetSerialNumberString();
                            return ValueTask.FromResult(context.PlaintextStream);
                        }
                );
                secure.DefaultRequestVersion = HttpVersion.Version20;
                using var response = await secure.GetAsync("/api/hello", Cancellation);
                return response.StatusCode == HttpStatusCode.OK
                    && response.Version == HttpVersion.Version20
                    && seen == serial;
            },
            $"HTTPS has the certificate {serial}"
        );

        using var plain = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
        using var redirect = await plain.GetAsync(new Uri(Address, "/api/hello?a=b"), Cancellation);
        redirect.StatusCode.ShouldBe(HttpStatusCode.PermanentRedirect);
        redirect.Headers.Location.ShouldBe(new Uri(SecureAddress, "/api/hello?a=b"));
        using var health = await plain.GetAsync(new Uri(Address, "/health"), Cancellation);
        health.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    /// <summary>A client with a connection of its own.</summary>
    public HttpClient CreateClient() =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Waits until the gateway sees so many replicas of the API, all of them healthy.</summary>
    public async Task WaitForAsync(int replicas)
    {
        using var client = CreateClient();
        await Eventually.Async(
            async () =>
                await client.GetFromJsonAsync<GatewayStatus>("/gateway/status") is { } status
                && status.Replicas.Count == replicas
                && status.Replicas.All(replica => replica.Health == "healthy"),
            $"the gateway sees {replicas} healthy replicas",
            TimeSpan.FromMinutes(5)
        );
    }

    /// <summary>
    /// Sends requests over one connection and expects strict round robin: each replica answers every n-th request.
    /// </summary>
    public async Task ShouldBalanceInTurnAsync(int replicas)
    {
        const int Rounds = 20;

        using var client = CreateClient();
        var order = new string[Rounds * replicas];
        for (var n = 0; n < order.Length; n++)
        {
            using var response = await client.GetAsync("/api/hello", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            order[n] = response.Headers.GetValues("X-Softy-Instance").ShouldHaveSingleItem();
        }

        order.Take(replicas).ShouldBeUnique();
        order
            .Skip(replicas)
            .ShouldBe(
                order.SkipLast(replicas),
                $"request n + {replicas} must be answered by whoever answered request n"
            );
    }
}
