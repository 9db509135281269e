using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Softy.Tests.Faults;

/// <summary>Sends requests, counts them, and records those that fail.</summary>
internal sealed class RequestRecorder(HttpClient client)
{
    private readonly ConcurrentDictionary<string, long> _sent = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<FailedRequest> _failures = new();

    /// <summary>The number of requests of each operation.</summary>
    public IReadOnlyDictionary<string, long> Sent => _sent;

    public IReadOnlyCollection<FailedRequest> Failures => _failures;

    /// <summary>How many requests of an operation got an expected response.</summary>
    public long Answered(Operation operation) =>
        _sent.GetValueOrDefault(operation.Name) - _failures.Count(failure => failure.Operation == operation);

    /// <summary>How many requests of an operation, sent after a given time, were told to try again.</summary>
    public int TurnedAway(Operation operation, long since = 0) =>
        _failures.Count(failure => failure.Operation == operation && failure.IsTurnedAway && failure.From >= since);

    /// <summary>Sends a request, and records a failure unless the status is a success or the expected one.</summary>
    public async Task<Answer> SendAsync(
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
            using var response = await client.SendAsync(request, CancellationToken.None);
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
            _failures.Enqueue(new FailedRequest(operation, kind, body, isTurnedAway, from, Stopwatch.GetTimestamp()));
    }
}

/// <summary>A response, or its absence.</summary>
internal sealed record Answer(HttpStatusCode? Status, string Body)
{
    /// <summary>Whether the gateway says that no replica received any of the request.</summary>
    public bool SaysThatNothingWasSent => Body.Contains("The request was not sent.", StringComparison.Ordinal);
}

/// <summary>A request that did not get an expected response.</summary>
internal sealed record FailedRequest(
    Operation Operation,
    string Kind,
    string Body,
    bool IsTurnedAway,
    long From,
    long To
);
