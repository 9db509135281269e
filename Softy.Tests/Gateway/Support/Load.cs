using System.Collections.Concurrent;
using System.Net;
using Softy.Tests.Application;

namespace Softy.Tests.Gateway.Support;

/// <summary>
/// Sends many requests: over many connections, or with HTTP/2 over one if the address is of HTTPS, which must have a
/// <see cref="DeveloperCertificate"/>.
/// </summary>
internal static class Load
{
    private static readonly TimeSpan _longestRequest = TimeSpan.FromMinutes(2);

    /// <summary>Sends a number of requests.</summary>
    public static Task<LoadResult> RunAsync(
        Uri gateway,
        int count,
        int connections = 64,
        Func<int, HttpRequestMessage>? request = null
    ) => RunAsync(gateway, connections, request, next => next < count, new LoadResult(), CancellationToken.None);

    /// <summary>Sends requests until it is stopped, up to a maximum.</summary>
    /// <param name="gateway">The address of the gateway.</param>
    /// <param name="stop">Stops the load.</param>
    /// <param name="connections">The number of requests at a time, and of connections unless it is HTTP/2.</param>
    /// <param name="atMost">The maximum number of requests.</param>
    /// <param name="request">Creates the requests; by default, they get the greeting.</param>
    /// <param name="result">The result that is returned in the end, so that a test can read it before.</param>
    /// <param name="pace">Lets the test ease the load for a while.</param>
    public static Task<LoadResult> RunUntilAsync(
        Uri gateway,
        CancellationToken stop,
        int connections = 64,
        int atMost = 1_000_000,
        Func<int, HttpRequestMessage>? request = null,
        LoadResult? result = null,
        Pace? pace = null
    ) => RunAsync(gateway, connections, request, next => next < atMost, result ?? new LoadResult(), stop, pace);

    private static async Task<LoadResult> RunAsync(
        Uri gateway,
        int connections,
        Func<int, HttpRequestMessage>? request,
        Func<int, bool> goesOn,
        LoadResult result,
        CancellationToken stop,
        Pace? pace = null
    )
    {
        var next = -1;
        var version = gateway.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11;
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = connections };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            DeveloperCertificate.IsOne(certificate);
        using var client = new HttpClient(handler) { Timeout = _longestRequest };
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(SendAsync)));
        return result;

        async Task SendAsync()
        {
            int index;
            while (!stop.IsCancellationRequested && goesOn(index = Interlocked.Increment(ref next)))
            {
                using var message = request?.Invoke(index) ?? new HttpRequestMessage(HttpMethod.Get, "/api/hello");
                message.RequestUri = new Uri(gateway, message.RequestUri!);
                (message.Version, message.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
                try
                {
                    using var response = await client.SendAsync(message, Cancellation);
                    var body = await response.Content.ReadAsStringAsync(Cancellation);
                    result.Add(response, body);
                }
                catch (Exception exception)
                    when (exception
                            is HttpRequestException
                                or OperationCanceledException { InnerException: TimeoutException }
                    )
                {
                    result.AddFailure(exception.Message);
                }

                if (pace is not null)
                {
                    await pace.WaitAsync();
                }
            }
        }
    }
}

/// <summary>
/// How fast a load is. By default it takes all of the machine, which delays what a test waits for, such as a start.
/// </summary>
internal sealed class Pace
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private volatile bool _isEased;

    /// <summary>Lets every connection pause between requests from now on.</summary>
    public void Ease() => _isEased = true;

    /// <summary>Lets every connection pause between requests while something is done.</summary>
    public async Task EaseAsync(Func<Task> act)
    {
        _isEased = true;
        await act();
        _isEased = false;
    }

    public Task WaitAsync() => _isEased ? Task.Delay(_pause) : Task.CompletedTask;
}

/// <summary>The result of a load.</summary>
internal sealed class LoadResult
{
    private readonly ConcurrentDictionary<string, int> _instances = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _firstAnswers = new(StringComparer.Ordinal);
    private int _succeeded;
    private int _retried;

    public int Succeeded => _succeeded;

    public int Retried => _retried;

    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>The number of responses of each replica.</summary>
    public IReadOnlyDictionary<string, int> Instances => _instances;

    /// <summary>The time of the first response of each replica.</summary>
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
