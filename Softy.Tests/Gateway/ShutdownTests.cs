using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>A gateway that is told to stop finishes its requests, and sends its clients elsewhere.</summary>
public sealed class ShutdownTests
{
    [Fact]
    public async Task A_stopping_gateway_reports_that_it_drains_and_finishes_its_requests()
    {
        var released = new TaskCompletionSource();
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend =>
                backend.Answer = async context =>
                {
                    await released.Task.WaitAsync(context.RequestAborted);
                    await context.Response.WriteAsync("done", context.RequestAborted);
                }
        );
        await using var gateway = await GatewayProcess.StartAsync(backends, ("Draining:Delay", "00:00:08"));

        var underWay = gateway.Client.GetAsync("/api/slow", Cancellation);
        await gateway.WaitForStatusAsync(status => status.Replicas[0].InFlight == 1, "the request is under way");
        var stopping = gateway.TerminateAsync();

        // The gateway reports that it drains, and still accepts requests.
        await Eventually.Async(
            async () =>
            {
                using var health = await gateway.Client.GetAsync("/health", Cancellation);
                return health.StatusCode == HttpStatusCode.ServiceUnavailable
                    && health.Headers.Contains("X-Softy-Draining");
            },
            "the gateway reports that it drains"
        );
        using (var alive = await gateway.Client.GetAsync("/alive", Cancellation))
        {
            alive.StatusCode.ShouldBe(HttpStatusCode.OK);
            alive.Headers.ConnectionClose.ShouldBe(true);
        }

        // The gateway does not listen any more, and the request is still in flight.
        await Eventually.Async(
            async () =>
            {
                try
                {
                    using var client = new HttpClient();
                    using var response = await client.GetAsync(new Uri(gateway.Url, "/alive"), Cancellation);
                    return false;
                }
                catch (HttpRequestException exception)
                    when (exception.HttpRequestError == HttpRequestError.ConnectionError)
                {
                    return true;
                }
            },
            "the gateway has stopped listening"
        );
        underWay.IsCompleted.ShouldBeFalse();
        released.SetResult();
        using var finished = await underWay;
        (await finished.Content.ReadAsStringAsync(Cancellation)).ShouldBe("done");
        (await stopping).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_draining_gateway_tells_clients_to_reconnect_in_the_way_of_their_protocol()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(
            backends[0].Url,
            ("Kestrel:Endpoints:A:Url", "http://127.0.0.1:0"),
            ("Kestrel:Endpoints:A:Protocols", "Http2"),
            ("Kestrel:Endpoints:B:Url", "http://127.0.0.1:0"),
            ("Draining:Delay", "00:00:05")
        );
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler)
        {
            BaseAddress = gateway.Addresses.Single(address => address != gateway.Url),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        for (var i = 0; i < 3; i++)
        {
            await client.GetStringAsync("/api/hello", Cancellation);
        }

        connections.ShouldBe(1);
        var stopping = gateway.StopAsync();
        await Eventually.Async(
            async () =>
            {
                // Streams that are open when the connection is given up must be answered, too.
                var greetings = await Task.WhenAll(
                    Enumerable.Range(0, 64).Select(_ => client.GetStringAsync("/api/hello", Cancellation))
                );
                greetings.ShouldAllBe(greeting => greeting == "Hello, World!");
                return connections > 1;
            },
            "the client has been told to make another connection, and has",
            TimeSpan.FromSeconds(4)
        );
        using (var response = await gateway.Client.GetAsync("/api/hello", Cancellation))
        {
            response.Headers.ConnectionClose.ShouldBe(true);
        }

        await stopping;
    }
}
