using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Softy.Tests.Application;
using Softy.Tests.Gateway;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Telemetry;

/// <summary>A service stops before it is killed, whatever connections are open.</summary>
[Collection(GatewayCollection.Name)]
public sealed class DrainTests
{
    // The settings of the AppHost: the orchestrator kills a service 6 seconds after it was asked to stop.
    private static readonly TimeSpan _delay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(3.5);

    /// <summary>The tolerance for a busy machine. Without a limit, the exporters alone would take 15 seconds.</summary>
    private static readonly TimeSpan _allowance = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Streams_sockets_slow_requests_and_a_silent_telemetry_receiver_do_not_delay_a_shutdown()
    {
        // The receiver accepts connections, and never answers.
        using var receiver = new TcpListener(IPAddress.Loopback, 0);
        receiver.Start();
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend =>
            {
                backend.AcceptsWebSockets = true;
                backend.Answer = context =>
                    context.Request.Path == "/api/live"
                        ? Answers.StreamEventsAsync(context)
                        : Answers.HangAsync(context);
            }
        );
        await using var gateway = await ServiceProcess.StartGatewayAsync(
            [backends[0].Url],
            ("Draining:Delay", _delay.ToString("c", CultureInfo.InvariantCulture)),
            ("Draining:Timeout", _timeout.ToString("c", CultureInfo.InvariantCulture)),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://{receiver.LocalEndpoint}"),
            ("OTEL_TRACES_SAMPLER", "always_on")
        );

        await using var events = await gateway.Client.GetStreamAsync("/api/live", Cancellation);
        await using var status = await gateway.Client.GetStreamAsync("/gateway/status/stream", Cancellation);
        using var socket = await gateway.ConnectWebSocketAsync("/api/socket");
        var slow = Enumerable.Range(0, 3).Select(_ => gateway.Client.GetAsync("/api/slow", Cancellation)).ToList();
        await gateway.WaitForStatusAsync(current => current.Replicas[0].InFlight >= 5, "everything is under way");

        var (exitCode, duration) = await gateway.TerminateAsync();

        Output.WriteLine($"Ended after {duration.TotalSeconds:F2} s.");
        exitCode.ShouldBe(0, gateway.Output);
        duration.ShouldBeLessThan(_delay + _timeout + _allowance);
        foreach (var request in slow)
        {
            // The request is aborted after the drain timeout.
            await Should.ThrowAsync<HttpRequestException>(request);
        }
    }

    [Fact]
    public async Task An_idle_service_ends_when_its_delay_is_over()
    {
        await using var web = await ServiceProcess.StartAsync<Projects.Softy_Web>(
            ("Draining:Delay", "00:00:00.100"),
            ("Draining:Timeout", "01:00:00")
        );

        var (exitCode, duration) = await web.TerminateAsync();

        Output.WriteLine($"Ended after {duration.TotalSeconds:F2} s.");
        exitCode.ShouldBe(0, web.Output);
    }

    [Fact]
    public async Task The_last_telemetry_is_exported_before_the_service_ends()
    {
        await using var receiver = await OtlpReceiver.StartAsync("key");
        await using var web = await ServiceProcess.StartAsync<Projects.Softy_Web>([
            .. receiver.Settings("web"),
            ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
            ("Draining:Delay", "00:00:00.100"),
        ]);
        var path = $"/last-{Guid.NewGuid():N}";
        using var response = await web.Client.GetAsync(path, Cancellation);

        (await web.TerminateAsync()).ExitCode.ShouldBe(0, web.Output);

        receiver.Spans.ShouldContain(span => span.Attributes["url.path"] == path);
    }
}
