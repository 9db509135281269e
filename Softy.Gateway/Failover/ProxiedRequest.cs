using Softy.Gateway.Health;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Failover;

/// <summary>The state of one request while the gateway tries replicas until one of them answers.</summary>
internal sealed class ProxiedRequest(
    ClusterState cluster,
    ClusterReplicas replicas,
    RetryBudget budget,
    bool isIdempotent,
    FailoverOptions options,
    TimeProvider time
)
{
    // RFC 9113, section 7.
    private const long RefusedStream = 0x7;

    // Unhealthy replicas are only used if there was no healthy one at the start. After a failed attempt, the client
    // gets the error at once instead of also waiting for a replica that probably hangs.
    private readonly bool _mayUseUnhealthy = replicas.InRotation.Count == 0;
    private readonly long _startedAt = time.GetTimestamp();
    private List<DestinationState>? _triedDestinations;
    private bool _hasTimedOut;
    private bool _wasRefused;
    private bool _wasWrittenAgain;

    public ClusterState Cluster => cluster;

    /// <summary>The replica of the current attempt.</summary>
    public Replica? Replica { get; private set; }

    /// <summary>When the current attempt started, as a monotonic timestamp.</summary>
    public long SentAt { get; private set; }

    /// <summary>
    /// Whether the request's headers were written to a connection, so that the replica may have received them.
    /// </summary>
    public bool WasWritten { get; set; }

    /// <summary>Whether the current attempt uses HTTP/2.</summary>
    public bool UsesHttp2 { get; set; }

    /// <summary>Whether the status code of the replica's response counts as a failure.</summary>
    public bool HasFailureStatus { get; set; }

    /// <summary>How many attempts have failed before the current one.</summary>
    public int Retries => _triedDestinations?.Count ?? 0;

    /// <summary>The ejection of the replica that this request tries out, if it is a trial request.</summary>
    public Ejection? Trial { get; set; }

    /// <summary>The request's body, or <see langword="null"/> if it has none.</summary>
    public ReplayableBody? Body { get; set; }

    /// <summary>The status code of a response that was discarded in favor of a retry.</summary>
    public int? DiscardedStatusCode { get; private set; }

    /// <summary>The destination of the next attempt, if there is one.</summary>
    public DestinationState? NextDestination { get; private set; }

    /// <summary>Whether no attempt so far could connect to its replica.</summary>
    public bool NeverConnected { get; private set; } = true;

    /// <summary>
    /// How long the current attempt may wait for the response to start. It is <see langword="null"/> for the first
    /// attempt, which has other limits.
    /// </summary>
    public TimeSpan? RemainingTime =>
        _triedDestinations is null ? null : options.Deadline - time.GetElapsedTime(_startedAt);

    public static ProxiedRequest? Get(HttpContext context) => context.Features.Get<ProxiedRequest>();

    /// <summary>
    /// Whether this request can try out an ejected replica: if the trial fails, the request can be retried.
    /// </summary>
    public bool CanBeTrial(HttpRequest request, bool hasBody) =>
        options.Enabled && isIdempotent && (!hasBody || request.ContentLength <= options.BufferLimit);

    /// <summary>
    /// How many bytes of the body to buffer: none if the request cannot be sent again or is known to exceed the limit.
    /// </summary>
    public int GetBufferLimit(HttpRequest request) =>
        options.Enabled && isIdempotent && !(request.ContentLength > options.BufferLimit) ? options.BufferLimit : 0;

    public void BeginAttempt(Replica replica)
    {
        Replica = replica;
        DiscardedStatusCode = null;
        NextDestination = null;
        WasWritten = false;
        UsesHttp2 = false;
        _wasRefused = false;
        _wasWrittenAgain = false;
        HasFailureStatus = false;
        SentAt = time.GetTimestamp();
        replica.CountRequest();
        if (_triedDestinations is null)
        {
            budget.CountRequest();
        }
        else
        {
            replica.CountRetry();
        }
    }

    /// <summary>
    /// Whether the HTTP client may write the request once more. In HTTP/2, it does so only if the replica has refused
    /// the request, for example because it closes the connection. After a second refusal, another replica is tried.
    /// </summary>
    public bool MayBeWrittenAgain()
    {
        if (!UsesHttp2)
        {
            return false;
        }

        _wasRefused = _wasWrittenAgain;
        _wasWrittenAgain = true;
        return !_wasRefused;
    }

    public void RecordLatency() => Replica!.Latency.Record(time.GetElapsedTime(SentAt));

    /// <summary>
    /// Plans a retry after a response with a failure status, none of which was sent to the client yet.
    /// </summary>
    /// <returns>Whether to discard the response and try <see cref="NextDestination"/>.</returns>
    public bool TryPlanRetry(int statusCode)
    {
        NeverConnected = false;
        var isFailure = Array.IndexOf(options.StatusCodes, statusCode) >= 0 || (HasFailureStatus && Trial is not null);
        if (isFailure && CanResend && TryPlanNext(usesBudget: true))
        {
            DiscardedStatusCode = statusCode;
            return true;
        }

        return false;
    }

    /// <summary>Plans a retry after an error of the forwarder.</summary>
    /// <returns>Whether to try <see cref="NextDestination"/>.</returns>
    public bool TryPlanRetry(HttpContext context, IForwarderErrorFeature error)
    {
        var wasNotProcessed = CouldNotConnect(error) || WasRefused(error);
        NeverConnected &= wasNotProcessed;
        if (
            context.Response.HasStarted
            || context.RequestAborted.IsCancellationRequested
            || !options.Enabled
            || Retries >= options.MaxRetries
        )
        {
            return false;
        }

        if (wasNotProcessed)
        {
            return Body is null or { CanRewind: true }
                && (TryPlanNext(usesBudget: false) || (CouldNotUseHttp2(error) && TryPlanHttp1()));
        }

        switch (error.Error)
        {
            case ForwarderError.RequestTimedOut when _hasTimedOut || Body is { IsComplete: false }:
                return false;
            case ForwarderError.RequestTimedOut:
                _hasTimedOut = true;
                return CanResend && TryPlanNext(usesBudget: true);
            case ForwarderError.Request
            or ForwarderError.RequestBodyDestination
            or ForwarderError.ResponseBodyDestination:
                return CanResend && TryPlanNext(usesBudget: true);
            default:
                return false;
        }
    }

    /// <summary>Whether an error of the forwarder was caused by the replica rather than by the client.</summary>
    public bool IsReplicaFault(ForwarderError error) =>
        error switch
        {
            ForwarderError.Request
            or ForwarderError.ResponseBodyDestination
            or ForwarderError.ResponseHeaders
            or ForwarderError.UpgradeResponseDestination => true,
            // Until the body is complete, the client may be the one that is slow.
            ForwarderError.RequestTimedOut => Body is null or { IsComplete: true },
            // RequestBodyDestination: the replica may have rejected the rest of the body with a regular response.
            _ => false,
        };

    /// <summary>Whether the replica accepted no connection at the port for HTTP/2.</summary>
    public bool CouldNotUseHttp2(IForwarderErrorFeature error) => UsesHttp2 && CouldNotConnect(error);

    /// <summary>Prepares the next attempt.</summary>
    public void PrepareRetry()
    {
        (_triedDestinations ??= []).Add(Replica!.Destination);
        Trial = null;
        Body?.Rewind();
    }

    // In HTTP/1.1, the HTTP client may report a connection error after it wrote the request to a connection that broke.
    private bool CouldNotConnect(IForwarderErrorFeature error) =>
        (!WasWritten || UsesHttp2)
        && error.Error == ForwarderError.Request
        && error.Exception is HttpRequestException failed
        && failed.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError;

    // By the protocol, a replica that refuses a request has not processed any of it.
    private bool WasRefused(IForwarderErrorFeature error) =>
        _wasRefused
        || (UsesHttp2 && error.Exception?.InnerException is HttpProtocolException { ErrorCode: RefusedStream });

    private bool CanResend =>
        options.Enabled && isIdempotent && Retries < options.MaxRetries && Body is null or { CanRewind: true };

    /// <summary>
    /// Chooses the next destination and remembers it, because the available destinations can change at any time.
    /// </summary>
    private bool TryPlanNext(bool usesBudget)
    {
        if (time.GetElapsedTime(_startedAt) >= options.Deadline || FindNextDestination() is not { } next)
        {
            return false;
        }

        // Retries of trial requests are free: the gateway itself chose the risk, and trials are rare.
        if (usesBudget && Trial is null && !budget.TryTake(options))
        {
            return false;
        }

        NextDestination = next;
        return true;
    }

    /// <summary>
    /// Plans to send the request to the same replica by HTTP/1.1, because the replica that announced the port for
    /// HTTP/2 may have been replaced by one without it.
    /// </summary>
    private bool TryPlanHttp1()
    {
        NextDestination = Replica?.Destination;
        return time.GetElapsedTime(_startedAt) < options.Deadline;
    }

    /// <summary>Finds the replica with the fewest active requests that has not had this request.</summary>
    private DestinationState? FindNextDestination()
    {
        if (replicas.InRotation.Count == 0 && !_mayUseUnhealthy)
        {
            return null;
        }

        DestinationState? best = null;
        foreach (var candidate in cluster.DestinationsState.AvailableDestinations)
        {
            if (
                candidate != Replica?.Destination
                && _triedDestinations?.Contains(candidate) != true
                && (best is null || candidate.ConcurrentRequestCount < best.ConcurrentRequestCount)
            )
            {
                best = candidate;
            }
        }

        return best;
    }
}
