using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Softy.Gateway.Tls;
using Softy.Tests.Gateway.Support;
using Softy.Tests.Reliability;

namespace Softy.Tests.Gateway.Tls;

/// <summary>Certificates can be renewed while the gateway runs.</summary>
public sealed class CertificateReloadTests
{
    private const string Host = "a.example";

    [Fact]
    public async Task Renewals_under_load_fail_no_request_and_close_no_connection()
    {
        var renewals = Scale.Of(4, 100);
        using var run = new Run();
        await using var gateway = await run.StartAsync();
        var connections = 0;
        using var kept = run.Certificates.CreateClient(
            gateway.TlsUrl(),
            Host,
            handler =>
                handler.PlaintextStreamFilter = (context, _) =>
                {
                    Interlocked.Increment(ref connections);
                    return ValueTask.FromResult(context.PlaintextStream);
                }
        );
        using var stop = new CancellationTokenSource();
        var requests = 0;
        var load = Task.WhenAll(AskAsync(kept), AskAsync(null));

        for (var i = 0; i < renewals; i++)
        {
            var renewed = run.Certificates.WritePem("server", [Host]).SerialNumber;
            await run.WaitForSerialAsync(gateway, renewed);
        }

        await stop.CancelAsync();
        // Throws if any request failed.
        await load;
        connections.ShouldBe(1);
        requests.ShouldBeGreaterThan(renewals);
        run.Log.With("has changed; new connections").Count.ShouldBe(renewals);
        var report = new Report(
            "renewals",
            "renewals",
            "requests, all answered with 200",
            "times that the client with a single connection had to connect again"
        );
        report.Row(renewals, requests, connections - 1);
        report.Write();

        // Uses one connection, or a new one for each request.
        async Task AskAsync(HttpClient? client)
        {
            while (!stop.IsCancellationRequested)
            {
                using var own = client is null ? run.Certificates.CreateClient(gateway.TlsUrl(), Host) : null;
                (await (client ?? own!).GetStringAsync("/api/hello", Cancellation)).ShouldBe("ok");
                Interlocked.Increment(ref requests);
            }
        }
    }

    [Fact]
    public async Task A_symbolic_link_to_another_file_is_noticed()
    {
        using var run = new Run();
        var folder = run.Certificates;
        File.CreateSymbolicLink(folder.Path("live.pem"), "server.pem");
        File.CreateSymbolicLink(folder.Path("live.key"), "server.key");
        await using var gateway = await run.StartAsync("live");

        var renewed = folder.WritePem("renewed", [Host]).SerialNumber;
        foreach (var kind in new[] { "pem", "key" })
        {
            File.CreateSymbolicLink(folder.Path("next"), $"renewed.{kind}");
            File.Move(folder.Path("next"), folder.Path($"live.{kind}"), overwrite: true);
        }

        await run.WaitForSerialAsync(gateway, renewed);
    }

    [Theory]
    [InlineData("no certificate")]
    [InlineData("half of one")]
    [InlineData("another's key")]
    [InlineData("expired")]
    [InlineData("gone")]
    public async Task An_unusable_certificate_leaves_the_current_one_in_use_and_is_logged_once(string what)
    {
        using var run = new Run();
        await using var gateway = await run.StartAsync();
        var folder = run.Certificates;
        var pem = await File.ReadAllTextAsync(folder.Path("server.pem"), Cancellation);

        switch (what)
        {
            case "no certificate":
                folder.Replace("server.pem", "hello");
                break;
            case "half of one":
                folder.Replace("server.pem", pem[..(pem.Length / 4)]);
                break;
            case "another's key":
                folder.WritePem("other", [Host]);
                folder.Replace("server.key", await File.ReadAllTextAsync(folder.Path("other.key"), Cancellation));
                break;
            case "expired":
                folder.WritePem("server", [Host], until: DateTimeOffset.UtcNow.AddDays(-1));
                break;
            default:
                File.Delete(folder.Path("server.pem"));
                break;
        }

        await Eventually.Async(() => run.Log.With("the previous one stays in use").Count > 0, "the error is logged");
        (await run.SerialAsync(gateway)).ShouldBe(run.First);
        for (var i = 0; i < 3; i++)
        {
            gateway.Services.GetRequiredService<CertificateStore>().Refresh();
        }

        var line = run.Log.With("the previous one stays in use").ShouldHaveSingleItem();
        line.Level.ShouldBe(LogLevel.Error);
        line.Text.ShouldNotContain("BEGIN");
        var renewed = folder.WritePem("server", [Host]).SerialNumber;
        await run.WaitForSerialAsync(gateway, renewed);
    }

    [Fact]
    public async Task Certificates_are_added_while_the_gateway_runs()
    {
        using var run = new Run();
        await using var gateway = await run.StartAsync();
        var added = run.Certificates.WritePem("added", ["b.example"]).SerialNumber;

        gateway.Change(
            ("Gateway:Tls:Certificates:1:File", run.Certificates.Path("added.pem")),
            ("Gateway:Tls:Certificates:1:Key", run.Certificates.Path("missing.key"))
        );
        (await run.SerialAsync(gateway, "b.example")).ShouldBe(run.First);
        gateway.Change(("Gateway:Tls:Certificates:1:Key", run.Certificates.Path("added.key")));
        (await run.SerialAsync(gateway, "b.example")).ShouldBe(added);
    }

    [Theory]
    [InlineData("0644", 1)]
    [InlineData("0640", 0)]
    [InlineData("0600", 0)]
    public async Task A_key_that_everyone_may_read_is_logged_once(string mode, int expected)
    {
        using var run = new Run();
        run.Certificates.SetMode("server.key", (UnixFileMode)Convert.ToInt32(mode, 8));
        await using var gateway = await run.StartAsync();
        gateway.Change(("Gateway:Tls:MinVersion", "1.3"));

        var lines = run.Log.With("can read the private key");
        lines.Count.ShouldBe(expected);
        lines.ShouldAllBe(line => line.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task An_expired_certificate_is_logged_at_the_start_and_served()
    {
        using var run = new Run();
        var expired = run
            .Certificates.WritePem("server", [Host], until: DateTimeOffset.UtcNow.AddDays(-1))
            .SerialNumber;
        await using var gateway = await run.StartAsync();

        (await run.SerialAsync(gateway)).ShouldBe(expired);
        run.Log.With("clients will reject it").ShouldHaveSingleItem().Level.ShouldBe(LogLevel.Warning);
    }

    /// <summary>A gateway with a certificate that the test renews.</summary>
    private sealed class Run : IDisposable
    {
        private readonly RawBackend _backend = new();

        public Run() => First = Certificates.WritePem("server", [Host]).SerialNumber;

        public CertificateFolder Certificates { get; } = new();

        public LogRecorder Log { get; } = new();

        /// <summary>The serial number of the first certificate.</summary>
        public string First { get; }

        public Task<InProcessGateway> StartAsync(string name = "server") =>
            InProcessGateway.StartAsync(
                [_backend.Url],
                OwnAddress.WithTls(Certificates.Path($"{name}.pem"), Certificates.Path($"{name}.key")),
                services => services.AddSingleton<ILoggerProvider>(Log)
            );

        public Task<TimeSpan> WaitForSerialAsync(InProcessGateway gateway, string serial) =>
            Eventually.Async(
                async () => await SerialAsync(gateway) == serial,
                string.Create(CultureInfo.InvariantCulture, $"the certificate is {serial}")
            );

        /// <summary>The serial number of the certificate that a new connection gets.</summary>
        public async Task<string> SerialAsync(InProcessGateway gateway, string host = Host)
        {
            var serial = "";
            using var client = Certificates.CreateClient(
                gateway.TlsUrl(),
                host,
                handler =>
                    handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    {
                        serial = ((X509Certificate2)certificate!).SerialNumber;
                        return CertificateFolder.IsMadeUp(certificate);
                    }
            );
            (await client.GetStringAsync("/alive", Cancellation)).ShouldContain("Healthy");
            return serial;
        }

        public void Dispose()
        {
            Certificates.Dispose();
            Log.Dispose();
            // Nothing has to wait for the end of the backend.
            _ = _backend.DisposeAsync().AsTask();
        }
    }
}
