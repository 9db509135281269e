using System.Collections.Concurrent;
using System.Net;

namespace Softy.Tests.Gateway.Support;

/// <summary>Many requests from many connections; ends by itself.</summary>
internal static class Load
{
    /// <summary>Sends requests until so many are answered.</summary>
    public static Task<LoadResult> RunAsync(
        Uri gateway,
        int count,
        int connections = 64,
        Func<int, HttpRequestMessage>? request = null
    ) => RunAsync(gateway, connections, request, next => next < count, new LoadResult(), CancellationToken.None);

    /// <summary>Sends requests until told to stop, and at most so many.</summary>
    /// <param name="gateway">Where to.</param>
    /// <param name="stop">When to stop.</param>
    /// <param name="connections">How many at a time.</param>
    /// <param name="atMost">How many in all.</param>
    /// <param name="request">What to send, if not a GET of the greeting.</param>
    /// <param name="result">What is returned in the end, for those who look at it before.</param>
    public static Task<LoadResult> RunUntilAsync(
        Uri gateway,
        CancellationToken stop,
        int connections = 64,
        int atMost = 1_000_000,
        Func<int, HttpRequestMessage>? request = null,
        LoadResult? result = null
    ) => RunAsync(gateway, connections, request, next => next < atMost, result ?? new LoadResult(), stop);

    private static async Task<LoadResult> RunAsync(
        Uri gateway,
        int connections,
        Func<int, HttpRequestMessage>? request,
        Func<int, bool> goesOn,
        LoadResult result,
        CancellationToken stop
    )
    {
        var next = -1;
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = connections };
        using var client = new HttpMessageInvoker(handler);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(SendAsync)));
        return result;

        async Task SendAsync()
        {
            int index;
            while (!stop.IsCancellationRequested && goesOn(index = Interlocked.Increment(ref next)))
            {
                using var message = request?.Invoke(index) ?? new HttpRequestMessage(HttpMethod.Get, "/api/hello");
                message.RequestUri = new Uri(gateway, message.RequestUri!);
                try
                {
                    using var response = await client.SendAsync(message, TestContext.Current.CancellationToken);
                    var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                    result.Add(response, body);
                }
                catch (HttpRequestException exception)
                {
                    result.AddFailure(exception.Message);
                }
            }
        }
    }
}

/// <summary>What came of a load.</summary>
internal sealed class LoadResult
{
    private readonly ConcurrentDictionary<string, int> _instances = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _firstAnswers = new(StringComparer.Ordinal);
    private int _succeeded;
    private int _retried;

    public int Succeeded => _succeeded;

    public int Retried => _retried;

    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>How many requests each replica answered.</summary>
    public IReadOnlyDictionary<string, int> Instances => _instances;

    /// <summary>When each replica answered a request for the first time.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> FirstAnswers => _firstAnswers;

    public void Add(HttpResponseMessage response, string body)
    {
        if (response.StatusCode is >= HttpStatusCode.OK and < HttpStatusCode.BadRequest)
        {
            Interlocked.Increment(ref _succeeded);
        }
        else
        {
            AddFailure($"{(int)response.StatusCode} {body}");
        }

        if (response.Retries() > 0)
        {
            Interlocked.Increment(ref _retried);
        }

        if (response.Headers.TryGetValues("X-Softy-Instance", out var names))
        {
            var name = names.First();
            _instances.AddOrUpdate(name, 1, (_, count) => count + 1);
            _firstAnswers.TryAdd(name, DateTimeOffset.UtcNow);
        }
    }

    public void AddFailure(string reason) => Failures.Enqueue(reason);

    public void ShouldHaveNoFailures() =>
        Failures.ShouldBeEmpty(
            $"{Failures.Count} of {Failures.Count + Succeeded} failed, for example: "
                + $"{string.Join(" | ", Failures.Take(3))}"
        );
}
