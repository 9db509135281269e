using System.Diagnostics;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>A gateway that stops closes WebSockets and event streams in the way of their protocols.</summary>
public sealed class StreamShutdownTests
{
    [Fact]
    public async Task WebSockets_and_event_streams_are_closed_cleanly_and_do_not_delay_a_shutdown()
    {
        await using var backends = await Backend.StartSeveralAsync(
            2,
            backend =>
            {
                backend.AcceptsWebSockets = true;
                backend.Answer = Answers.StreamEventsAsync;
            }
        );
        await using var gateway = await GatewayProcess.StartAsync(
            backends,
            ("Draining:Delay", "00:00:00.100"),
            ("Draining:Timeout", "00:01:00")
        );
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 200 };
        using var client = new HttpClient(handler) { BaseAddress = gateway.Url };
        var sockets = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => gateway.ConnectWebSocketAsync()));
        var streams = await Task.WhenAll(
            Enumerable
                .Range(0, 99)
                .Select(_ => client.GetStreamAsync("/api/live", Cancellation))
                .Append(client.GetStreamAsync("/gateway/status/stream", Cancellation))
        );

        var closes = Task.WhenAll(sockets.Select(ReadCloseAsync));
        // Reading to the end throws if a stream is aborted.
        var ends = Task.WhenAll(streams.Select(stream => stream.CopyToAsync(Stream.Null, Cancellation)));
        var watch = Stopwatch.StartNew();
        // The gateway ends before the drain timeout, and before an orchestrator would kill it.
        (await gateway.TerminateAsync()).ExitCode.ShouldBe(0);
        var stopped = watch.Elapsed;

        (await closes).ShouldAllBe(code => code == WebSocketCloseStatus.EndpointUnavailable);
        await ends;
        Output.WriteLine(
            $"Stopped after {stopped.TotalSeconds:F1} s with 10 WebSockets and 100 event streams open; all "
                + "ended cleanly."
        );
        stopped.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        foreach (var open in sockets.Concat<IDisposable>(streams))
        {
            open.Dispose();
        }
    }

    [Fact]
    public async Task A_WebSocket_is_closed_between_two_frames()
    {
        var (begun, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var backend = new RawBackend(
            async (request, connection) =>
            {
                var key = request.Header("Sec-WebSocket-Key").Single() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
#pragma warning disable CA5350 // RFC 6455 asks for SHA-1 here.
                var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key)));
#pragma warning restore CA5350
                // One packet contains a small frame, and the head and the first part of a frame of 300 bytes.
                await connection.SendAsync(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + $"Sec-WebSocket-Accept: {accept}\r\n\r\n\x81\x01x\x81\x7e\x01\x2c{new string('a', 100)}"
                );
                await finish.Task;
                // The rest of that frame, and another one.
                await connection.SendAsync(new string('b', 200) + "\u0081\u0001c");
                await connection.HangAsync();
            }
        );
        await using var gateway = await InProcessGateway.StartAsync(backend.Url);
        using var socket = await gateway.ConnectWebSocketAsync();
        var received = ReadAsync();
        await await Task.WhenAny(begun.Task, received);

        var stopping = gateway.StopAsync();
        await Eventually.Async(() => gateway.IsStopping, "the gateway ends what stays open");
        finish.SetResult();

        (await received).ShouldBe("x" + new string('a', 100) + new string('b', 200));
        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.EndpointUnavailable);
        // The gateway stops although neither the client nor the replica closes its end.
        var watch = Stopwatch.StartNew();
        await stopping;
        Output.WriteLine($"Stopped {watch.Elapsed.TotalSeconds:F1} s after the close frame that nobody answered.");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15));

        async Task<string> ReadAsync()
        {
            var buffer = new byte[1000];
            var text = new StringBuilder();
            while (true)
            {
                var result = await socket.ReceiveAsync(buffer, Cancellation);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return text.ToString();
                }

                text.Append(Encoding.ASCII.GetString(buffer, 0, result.Count));
                // When the small frame arrives, the gateway has forwarded only a part of the other.
                begun.TrySetResult();
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_close_of_a_WebSocket_is_forwarded_at_once(bool fromClient)
    {
        var closed = new TaskCompletionSource<(WebSocketCloseStatus? Status, long At)>();
        var close = new TaskCompletionSource();
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend =>
                backend.Answer = async context =>
                {
                    using var socket = await context.WebSockets.AcceptWebSocketAsync();
                    if (!fromClient)
                    {
                        await close.Task;
                        await socket.CloseOutputAsync(
                            WebSocketCloseStatus.NormalClosure,
                            "done",
                            context.RequestAborted
                        );
                    }

                    var result = await socket.ReceiveAsync(new byte[100], context.RequestAborted);
                    closed.SetResult((result.CloseStatus, Stopwatch.GetTimestamp()));
                    if (fromClient)
                    {
                        await socket.CloseOutputAsync(
                            WebSocketCloseStatus.NormalClosure,
                            "done",
                            context.RequestAborted
                        );
                    }
                }
        );
        await using var gateway = await InProcessGateway.StartAsync(backends);
        using var socket = await gateway.ConnectWebSocketAsync();

        var receiving = socket.ReceiveAsync(new byte[100], Cancellation);
        var sent = Stopwatch.GetTimestamp();
        long arrived;
        if (fromClient)
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "done", Cancellation);
            (var status, arrived) = await closed.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
            status.ShouldBe(WebSocketCloseStatus.NormalClosure);
            (await receiving).CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
        }
        else
        {
            close.SetResult();
            (await receiving).CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
            arrived = Stopwatch.GetTimestamp();
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "done", Cancellation);
            (await closed.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancellation)).Status.ShouldBe(
                WebSocketCloseStatus.NormalClosure
            );
        }

        var elapsed = Stopwatch.GetElapsedTime(sent, arrived);
        Output.WriteLine(
            $"A close from the {(fromClient ? "client" : "replica")} arrived after {elapsed.TotalMilliseconds:F1} ms."
        );
        elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        await gateway.WaitUntilIdleAsync();
    }

    private static async Task<WebSocketCloseStatus?> ReadCloseAsync(ClientWebSocket socket)
    {
        var result = await socket.ReceiveAsync(new byte[100], Cancellation);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation);
        return result.CloseStatus;
    }
}
