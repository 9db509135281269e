using System.Globalization;
using System.Net.Sockets;
using Aspire.Hosting.Dashboard.ResourceService.Messages;
using Microsoft.Extensions.DependencyInjection;
using Softy.Tests.Dashboard;

namespace Softy.Tests.Embedded;

/// <summary>Readers of the resource service that are slow, or gone, cost the application nothing that lasts.</summary>
public sealed class DashboardReaderTests
{
    private const string Talker = "talker";
    private const int Lines = 50_000;

    /// <summary>Of each kind of reader, of each kind of answer: a connection takes 100 calls.</summary>
    private const int Readers = 50;

    /// <summary>The dashboard itself, which may connect again, and the host's own waits.</summary>
    private const int Others = 5;

    /// <summary>A connection that has fallen silent is given up after 15 seconds; the rest is for a busy machine.</summary>
    private static readonly TimeSpan _longestEnd = TimeSpan.FromMinutes(4);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readers_that_do_not_read_or_vanish_hold_nothing_up_and_leave_nothing_behind()
    {
        var builder = DistributedApplicationTestingBuilder.Create([], (options, _) => options.DisableDashboard = false);
        builder.AddExecutable(Talker, "seq", ".", "1", Lines.ToString(CultureInfo.InvariantCulture)).WithExplicitStart();
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(DashboardApp.Dashboard, Cancellation).WaitAsync(_longestEnd, Cancellation);
        var logs = app.Services.GetRequiredService<ResourceLoggerService>();
        var before = app.ResourceNotifications.CountWatchers();

        var connections = new List<SilentStream>();
        using var idle = new ResourceServiceClient(app);
        using var leaving = new ResourceServiceClient(app, KeepConnections(connections));
        using var dead = new ResourceServiceClient(app, KeepConnections(connections));
        var answers = new List<HttpResponseMessage>();
        foreach (var client in (ResourceServiceClient[])[idle, leaving, dead])
        {
            for (var n = 0; n < Readers; n++)
            {
                answers.Add(await client.WatchLogAsync(Talker).WaitAsync(_longestEnd, Cancellation));
                answers.Add(await client.WatchResourcesAsync().WaitAsync(_longestEnd, Cancellation));
            }
        }

        using var reading = new ResourceServiceClient(app);
        using var log = await reading.WatchLogAsync(Talker);
        using var resources = await reading.WatchResourcesAsync();
        var lastLine = ReadLastLineAsync(log);
        var end = ReadEndAsync(resources);
        await Eventually.Async(
            () => logs.CountWatchers(Talker) == (3 * Readers) + 1
                && app.ResourceNotifications.CountWatchers() > before + (3 * Readers) - Others,
            "all are known");

        // In the order in which they were made: the one of those who leave, then the one of those who die.
        connections.Count.ShouldBe(2);
        connections[1].FallSilent();
        (await app.ResourceCommands.ExecuteCommandAsync(Talker, KnownResourceCommands.StartCommand, Cancellation)).Success.ShouldBeTrue();
        await connections[0].DisposeAsync();

        // The log goes on, and so do those who read.
        var last = $" {Lines.ToString(CultureInfo.InvariantCulture)}";
        await Eventually.Async(async () => (await LinesAsync(logs))[^1].Content.EndsWith(last, StringComparison.Ordinal), "all was written", _longestEnd);
        (await LinesAsync(logs)).Count.ShouldBeLessThanOrEqualTo(10_000);
        (await lastLine.WaitAsync(_longestEnd, Cancellation)).Text.ShouldEndWith(last);
        (await end.WaitAsync(_longestEnd, Cancellation)).ShouldBe(KnownResourceStates.Finished);

        // And when all have gone, nothing is kept for them.
        answers.ForEach(answer => answer.Dispose());
        log.Dispose();
        resources.Dispose();
        await Eventually.Async(() => logs.CountWatchers(Talker) == 0, "nobody is sent the log any more", _longestEnd);
        await Eventually.Async(
            () => app.ResourceNotifications.CountWatchers() <= before + Others, "nobody is told of resources any more", _longestEnd);
    }

    private static SocketsHttpHandler KeepConnections(List<SilentStream> connections) => new()
    {
        UseProxy = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            var connection = new SilentStream(new NetworkStream(socket, ownsSocket: true));
            connections.Add(connection);
            return connection;
        },
    };

    private static async Task<IReadOnlyList<LogLine>> LinesAsync(ResourceLoggerService logs)
    {
        var lines = new List<LogLine> { new(0, string.Empty, false) };
        await foreach (var some in logs.GetAllAsync(Talker))
        {
            lines = some.Count > 0 ? [.. some] : lines;
        }

        return lines;
    }

    private static async Task<ConsoleLogLine> ReadLastLineAsync(HttpResponseMessage answer)
    {
        var number = 0;
        await foreach (var update in ResourceServiceClient.ReadAsync(answer, ConsoleLogsUpdate.Parser, Cancellation))
        {
            foreach (var line in update.Lines)
            {
                // Lines may be lost on one who is slow, but not mixed up.
                line.Number.ShouldBeGreaterThan(number);
                number = line.Number;
                if (number == Lines)
                {
                    return line;
                }
            }
        }

        throw new InvalidOperationException("The answer ended before the log did.");
    }

    private static async Task<string> ReadEndAsync(HttpResponseMessage answer)
    {
        await foreach (var update in ResourceServiceClient.ReadAsync(answer, WatchResourcesUpdate.Parser, Cancellation))
        {
            var states = update.All?.Resources.AsEnumerable() ?? update.Changes.Changes.Select(change => change.Changed);
            if (states.FirstOrDefault(state => state.Id == Talker && KnownResourceStates.TerminalStates.Contains(state.State)) is { } ended)
            {
                return ended.State;
            }
        }

        throw new InvalidOperationException("The answer ended before the resource did.");
    }
}
