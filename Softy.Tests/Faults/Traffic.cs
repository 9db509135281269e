using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Softy.Tests.Api;

namespace Softy.Tests.Faults;

/// <summary>
/// Clients of every kind, which record the responses that they get. They send requests slowly, so that their findings
/// do not depend on the speed of the machine.
/// </summary>
internal sealed class Traffic : IAsyncDisposable
{
    private const int Readers = 6;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _longestStop = TimeSpan.FromSeconds(120);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly HttpClient _client;
    private readonly HttpClient _liveClient;
    private readonly List<LiveReader> _readers = [];
    private readonly ConcurrentDictionary<string, long> _sent = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Failure> _failures = new();
    private readonly ConcurrentQueue<string> _findings = new();
    private readonly ConcurrentDictionary<string, string> _stored = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _deleted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _refused = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _unknown = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _ids = new();
    private readonly ConcurrentQueue<long> _visits = new();
    private readonly ConcurrentQueue<double> _latencies = new();
    private int _unknownVisits;
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
    }

    /// <summary>A request that was not answered as it should have been.</summary>
    public sealed record Failure(Operation Operation, string Kind, string Body, bool IsTurnedAway, long From, long To);

    /// <summary>Who wrote the messages of this run.</summary>
    public string Author { get; } = $"Run {Guid.NewGuid():N}";

    /// <summary>How many requests there were, by operation.</summary>
    public IReadOnlyDictionary<string, long> Sent => _sent;

    public IReadOnlyCollection<Failure> Failures => _failures;

    /// <summary>How many requests of a kind were answered as they should have been.</summary>
    public long Answered(Operation operation) =>
        _sent.GetValueOrDefault(operation.Name) - _failures.Count(failure => failure.Operation == operation);

    /// <summary>How many requests of a kind were told to try again, of those that were sent since a moment.</summary>
    public int TurnedAway(Operation operation, long since = 0) =>
        _failures.Count(failure => failure.Operation == operation && failure.IsTurnedAway && failure.From >= since);

    /// <summary>What a client was told that cannot be true.</summary>
    public IReadOnlyCollection<string> Findings => _findings;

    /// <summary>The messages that were acknowledged, with their ids, by their text.</summary>
    public IReadOnlyDictionary<string, string> Stored => _stored;

    /// <summary>The texts of those whose deletion was acknowledged.</summary>
    public IReadOnlyDictionary<string, bool> Deleted => _deleted;

    /// <summary>The texts of messages that were refused.</summary>
    public IReadOnlyDictionary<string, bool> Refused => _refused;

    /// <summary>The texts of messages of which nobody can know.</summary>
    public IReadOnlyDictionary<string, bool> Unknown => _unknown;

    /// <summary>When visits were acknowledged.</summary>
    public IReadOnlyCollection<long> Visits => _visits;

    public int UnknownVisits => _unknownVisits;

    public long VisitsBefore => _visitsBefore;

    public IReadOnlyList<LiveReader> Live => _readers;

    /// <summary>Looks at what there is already.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken) =>
        _visitsBefore = await VisitTotalAsync(cancellationToken);

    /// <summary>Takes out how long the latest greetings took, in milliseconds, in order of time taken.</summary>
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

    /// <summary>Lets all clients begin.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _readers.AddRange(Enumerable.Range(0, Readers).Select(_ => new LiveReader(_liveClient)));
        await Task.WhenAll(_readers.Select(reader => reader.StartAsync().WaitAsync(cancellationToken)));
        _clients = Task.WhenAll(
            RepeatAsync(_ => SayHelloAsync()),
            RepeatAsync(_ => SayHelloAsync()),
            RepeatAsync(_ => SayHelloAsync()),
            RepeatAsync(_ => ExpectAsync(Operation.Site, HttpMethod.Get, "/")),
            RepeatAsync(_ => ExpectAsync(Operation.List, HttpMethod.Get, "/api/messages?limit=20")),
            RepeatAsync(_ => ExpectAsync(Operation.Visits, HttpMethod.Get, "/api/visits")),
            RepeatAsync(FindAsync),
            RepeatAsync(n => PostWithKeyAsync($"keyed 1-{n}", twice: false)),
            RepeatAsync(n => PostWithKeyAsync($"keyed 2-{n}", twice: true)),
            RepeatAsync(PostAsync),
            RepeatAsync(PostAsync, from: int.MaxValue / 2),
            RepeatAsync(PostWhatIsRefusedAsync),
            RepeatAsync(PostAndDeleteAsync),
            RepeatAsync(_ => VisitAsync()),
            RepeatAsync(_ => VisitAsync())
        );
    }

    /// <summary>Posts so many messages at once, without keys.</summary>
    public Task PostAsync(IEnumerable<int> numbers) => Task.WhenAll(numbers.Select(PostAsync));

    /// <summary>Waits until so many more requests were sent.</summary>
    public async Task HasSentAsync(long more, CancellationToken cancellationToken)
    {
        var goal = _sent.Values.Sum() + more;
        while (_sent.Values.Sum() < goal)
        {
            await Task.Delay(_pause, cancellationToken);
        }
    }

    /// <summary>Sends no more, and waits until every client that is to be told something has been.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _giveUp.CancelAfter(_longestStop);
        await _clients;
    }

    /// <summary>The total of all visits, from when it can be had.</summary>
    public async Task<long> VisitTotalAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var response = await _client.GetAsync("/api/visits", cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return (await response.Content.ReadFromJsonAsync<VisitTotals>(cancellationToken))!.Total;
            }

            await Task.Delay(_pause, cancellationToken);
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
            await Task.Delay(_pause, CancellationToken.None);
        }
    }

    private async Task SayHelloAsync()
    {
        var started = Stopwatch.GetTimestamp();
        if (
            await ExpectAsync(Operation.Hello, HttpMethod.Get, "/api/hello") is
            { Status: HttpStatusCode.OK, Body: not "Hello, World!" } other
        )
        {
            _findings.Enqueue($"hello was answered with '{other.Body}'");
        }

        _latencies.Enqueue(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private async Task FindAsync(int n)
    {
        if (!_ids.TryDequeue(out var id))
        {
            return;
        }

        _ids.Enqueue(id);
        var answer = await ExpectAsync(Operation.Find, HttpMethod.Get, $"/api/messages/{id}", HttpStatusCode.NotFound);
        if (answer.Status == HttpStatusCode.NotFound)
        {
            _findings.Enqueue($"message {id} was acknowledged and is not found");
        }
    }

    private async Task PostWithKeyAsync(string text, bool twice)
    {
        var key = Guid.NewGuid().ToString();
        await Task.WhenAll(
            Enumerable
                .Range(0, twice ? 2 : 1)
                .Select(async _ =>
                {
                    if (await UntilCreatedAsync(text, key) is { } created)
                    {
                        _ids.Enqueue(created.Id);
                        if (_ids.Count > 1000)
                        {
                            _ids.TryDequeue(out var _);
                        }
                    }
                })
        );
    }

    private async Task PostAsync(int n)
    {
        var text = $"plain {n}";
        var answer = await ExpectAsync(
            Operation.Post,
            HttpMethod.Post,
            "/api/messages",
            expected: HttpStatusCode.Created,
            content: Content(Author, text)
        );
        if (answer.Status == HttpStatusCode.Created)
        {
            Acknowledge(text, answer);
        }
        else
        {
            // The gateway says so when no replica has got any of the request.
            (answer.Body.Contains("The request was not sent.", StringComparison.Ordinal) ? _refused : _unknown)[text] =
                true;
        }
    }

    private async Task PostWhatIsRefusedAsync(int n)
    {
        var key = Guid.NewGuid().ToString();
        var kept = $"first of its key {n}";
        var refused = $"refused {n} of {Author}";
        if (n % 2 == 0)
        {
            var answer = await ExpectAsync(
                Operation.PostRefused,
                HttpMethod.Post,
                "/api/messages",
                HttpStatusCode.BadRequest,
                Content(new string('x', 65), refused),
                key
            );
            Refuse(refused, answer, HttpStatusCode.BadRequest);
        }
        else if (await UntilCreatedAsync(kept, key) is not null)
        {
            var answer = await ExpectAsync(
                Operation.PostRefused,
                HttpMethod.Post,
                "/api/messages",
                HttpStatusCode.UnprocessableEntity,
                Content(Author, refused),
                key
            );
            Refuse(refused, answer, HttpStatusCode.UnprocessableEntity);
        }
    }

    private async Task PostAndDeleteAsync(int n)
    {
        var text = $"short-lived {n}";
        _deleted[text] = false;
        if (await UntilCreatedAsync(text, Guid.NewGuid().ToString()) is not { } created)
        {
            return;
        }

        while (!_giveUp.IsCancellationRequested)
        {
            // Not found, if the answer to the deletion was lost and somebody asked again.
            var answer = await ExpectAsync(
                Operation.Delete,
                HttpMethod.Delete,
                $"/api/messages/{created.Id}",
                HttpStatusCode.NotFound,
                ownerToken: created.OwnerToken
            );
            if (answer.Status is HttpStatusCode.NoContent or HttpStatusCode.NotFound)
            {
                _deleted[text] = true;
                return;
            }

            await Task.Delay(_pause, CancellationToken.None);
        }
    }

    private async Task VisitAsync()
    {
        // With a content: .NET's client repeats a request without one by itself when its connection breaks.
        var answer = await ExpectAsync(
            Operation.Visit,
            HttpMethod.Post,
            "/api/visits",
            content: JsonContent.Create(new { })
        );
        if (answer.Status == HttpStatusCode.OK)
        {
            _visits.Enqueue(Stopwatch.GetTimestamp());
        }
        else if (!answer.Body.Contains("The request was not sent.", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _unknownVisits);
        }
    }

    private async Task<CreatedMessage?> UntilCreatedAsync(string text, string key)
    {
        while (!_giveUp.IsCancellationRequested)
        {
            var answer = await ExpectAsync(
                Operation.PostWithKey,
                HttpMethod.Post,
                "/api/messages",
                HttpStatusCode.Created,
                Content(Author, text),
                key
            );
            if (answer.Status == HttpStatusCode.Created)
            {
                return Acknowledge(text, answer);
            }

            await Task.Delay(_pause, CancellationToken.None);
        }

        _findings.Enqueue($"'{text}' was never acknowledged");
        return null;
    }

    private CreatedMessage Acknowledge(string text, Answer answer)
    {
        var created = JsonSerializer.Deserialize<CreatedMessage>(answer.Body, JsonSerializerOptions.Web)!;
        if (_stored.GetOrAdd(text, created.Id) is var first && first != created.Id)
        {
            _findings.Enqueue($"'{text}' was acknowledged as {first} and as {created.Id}");
        }

        if (created.Text != text)
        {
            _findings.Enqueue($"'{text}' was acknowledged as '{created.Text}'");
        }

        return created;
    }

    private void Refuse(string text, Answer answer, HttpStatusCode expected)
    {
        if (answer.Status == expected)
        {
            _refused[text] = true;
        }
        else if (answer.Status == HttpStatusCode.Created)
        {
            _findings.Enqueue($"'{text}' should have been refused");
        }
    }

    private static JsonContent Content(string author, string text) => JsonContent.Create(new { author, text });

    /// <summary>Sends a request, and records a failure unless the status is a success or the expected one.</summary>
    private async Task<Answer> ExpectAsync(
        Operation operation,
        HttpMethod method,
        string path,
        HttpStatusCode expected = HttpStatusCode.OK,
        HttpContent? content = null,
        string? key = null,
        string? ownerToken = null
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (ownerToken is not null)
        {
            request.Headers.Add("X-Owner-Token", ownerToken);
        }

        _sent.AddOrUpdate(operation.Name, 1, static (_, count) => count + 1);
        var from = Stopwatch.GetTimestamp();
        try
        {
            using var response = await _client.SendAsync(request, CancellationToken.None);
            var answer = new Answer(
                response.StatusCode,
                await response.Content.ReadAsStringAsync(CancellationToken.None)
            );
            if (!response.IsSuccessStatusCode && response.StatusCode != expected)
            {
                var isTurnedAway =
                    response.StatusCode == HttpStatusCode.ServiceUnavailable && response.Headers.RetryAfter is not null;
                Fail(((int)response.StatusCode).ToString(CultureInfo.InvariantCulture), answer.Body, isTurnedAway);
            }

            return answer;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException)
        {
            Fail(
                exception is TaskCanceledException ? "no answer" : "connection lost",
                exception.Message,
                isTurnedAway: false
            );
            return new Answer(Status: null, string.Empty);
        }

        void Fail(string kind, string body, bool isTurnedAway) =>
            _failures.Enqueue(new Failure(operation, kind, body, isTurnedAway, from, Stopwatch.GetTimestamp()));
    }

    private sealed record Answer(HttpStatusCode? Status, string Body);
}
