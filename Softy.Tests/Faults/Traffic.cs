using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Softy.Tests.Api;

namespace Softy.Tests.Faults;

/// <summary>
/// Clients of every kind, which record the responses that they get. They send requests slowly, so that their findings
/// do not depend on the speed of the machine.
/// </summary>
internal sealed class Traffic : IAsyncDisposable
{
    private const int Readers = 6;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _longestStop = TimeSpan.FromSeconds(120);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly HttpClient _client;
    private readonly HttpClient _liveClient;
    private readonly List<LiveReader> _readers = [];
    private readonly MessageClients _messages;
    private readonly ConcurrentQueue<double> _latencies = new();
    private long _visitsBefore;
    private Task _clients = Task.CompletedTask;

    public Traffic(Uri gateway)
    {
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = gateway,
            Timeout = _patience,
        };
        _liveClient = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = gateway,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        Requests = new RequestRecorder(_client);
        _messages = new MessageClients(Requests, Outcomes, Author, _giveUp.Token);
    }

    /// <summary>How long a client waits before its next request.</summary>
    public static TimeSpan Pause { get; } = TimeSpan.FromMilliseconds(20);

    public RequestRecorder Requests { get; }

    public Outcomes Outcomes { get; } = new();

    /// <summary>Who wrote the messages of this run.</summary>
    public string Author { get; } = $"Run {Guid.NewGuid():N}";

    public long VisitsBefore => _visitsBefore;

    public IReadOnlyList<LiveReader> Live => _readers;

    /// <summary>Counts the visits that there are already.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken) =>
        _visitsBefore = await VisitTotalAsync(cancellationToken);

    /// <summary>
    /// Removes and returns the durations of the latest greetings, in milliseconds and in ascending order.
    /// </summary>
    public double[] TakeLatencies()
    {
        var latencies = new List<double>();
        while (_latencies.TryDequeue(out var latency))
        {
            latencies.Add(latency);
        }

        latencies.Sort();
        return [.. latencies];
    }

    /// <summary>Starts all clients.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _readers.AddRange(Enumerable.Range(0, Readers).Select(_ => new LiveReader(_liveClient)));
        await Task.WhenAll(_readers.Select(reader => reader.StartAsync().WaitAsync(cancellationToken)));
        _clients = Task.WhenAll(
            RepeatAsync(_ => SayHelloAsync()),
            RepeatAsync(_ => SayHelloAsync()),
            RepeatAsync(_ => SayHelloAsync()),
            RepeatAsync(_ => Requests.SendAsync(Operation.Site, HttpMethod.Get, "/")),
            RepeatAsync(_ => Requests.SendAsync(Operation.List, HttpMethod.Get, "/api/messages?limit=20")),
            RepeatAsync(_ => Requests.SendAsync(Operation.Visits, HttpMethod.Get, "/api/visits")),
            RepeatAsync(_messages.FindAsync),
            RepeatAsync(n => _messages.PostWithKeyAsync($"keyed 1-{n}", twice: false)),
            RepeatAsync(n => _messages.PostWithKeyAsync($"keyed 2-{n}", twice: true)),
            RepeatAsync(_messages.PostAsync),
            RepeatAsync(_messages.PostAsync, from: int.MaxValue / 2),
            RepeatAsync(_messages.PostWhatIsRefusedAsync),
            RepeatAsync(_messages.PostAndDeleteAsync),
            RepeatAsync(_ => VisitAsync()),
            RepeatAsync(_ => VisitAsync())
        );
    }

    /// <summary>Posts messages without keys, all at once.</summary>
    public Task PostAsync(IEnumerable<int> numbers) => Task.WhenAll(numbers.Select(_messages.PostAsync));

    /// <summary>Waits until a number of further requests were sent.</summary>
    public async Task HasSentAsync(long more, CancellationToken cancellationToken)
    {
        var goal = Requests.Sent.Values.Sum() + more;
        while (Requests.Sent.Values.Sum() < goal)
        {
            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Stops sending, and waits until every message with a key is acknowledged.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _giveUp.CancelAfter(_longestStop);
        await _clients;
    }

    /// <summary>The total of all visits; waits until the service can tell it.</summary>
    public async Task<long> VisitTotalAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var response = await _client.GetAsync("/api/visits", cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return (await response.Content.ReadFromJsonAsync<VisitTotals>(cancellationToken))!.Total;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _giveUp.CancelAsync();
        await _clients;
        foreach (var reader in _readers)
        {
            await reader.DisposeAsync();
        }

        _client.Dispose();
        _liveClient.Dispose();
        _stop.Dispose();
        _giveUp.Dispose();
    }

    private async Task RepeatAsync(Func<int, Task> act, int from = 0)
    {
        await Task.Yield();
        for (var n = from; !_stop.IsCancellationRequested; n++)
        {
            await act(n);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private async Task SayHelloAsync()
    {
        var started = Stopwatch.GetTimestamp();
        if (
            await Requests.SendAsync(Operation.Hello, HttpMethod.Get, "/api/hello") is
            { Status: HttpStatusCode.OK, Body: not "Hello, World!" } other
        )
        {
            Outcomes.Find($"hello was answered with '{other.Body}'");
        }

        _latencies.Enqueue(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private async Task VisitAsync()
    {
        // The request has content, because .NET's client repeats one without content when its connection breaks.
        var answer = await Requests.SendAsync(
            Operation.Visit,
            HttpMethod.Post,
            "/api/visits",
            content: JsonContent.Create(new { })
        );
        Outcomes.Visit(answer);
    }
}
