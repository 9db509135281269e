using Softy.Gateway.Health;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Failover;

/// <summary>One request's way through the replicas.</summary>
internal sealed class ProxiedRequest(
    ClusterState cluster,
    ClusterReplicas replicas,
    RetryBudget budget,
    bool isIdempotent,
    FailoverOptions options,
    TimeProvider time
)
{
    // Replicas that look sick are asked only where there were no others from the start: they cost the client the time
    // that they hang for, after a failure that it could have been told at once.
    private readonly bool _mayUseUnhealthy = replicas.InRotation.Count == 0;
    private readonly long _startedAt = time.GetTimestamp();
    private List<DestinationState>? _triedDestinations;
    private bool _hasTimedOut;

    public ClusterState Cluster => cluster;

    /// <summary>The replica that has the request now.</summary>
    public Replica? Replica { get; private set; }

    /// <summary>When it got the request, by the process's monotonic clock.</summary>
    public long SentAt { get; private set; }

    /// <summary>Whether this replica may have got some of the request: its head was written to a connection.</summary>
    public bool WasWritten { get; set; }

    /// <summary>Whether this replica's answer itself is a failure, as its status code says.</summary>
    public bool HasFailureStatus { get; set; }

    /// <summary>How many replicas have failed the request before.</summary>
    public int Retries => _triedDestinations?.Count ?? 0;

    /// <summary>Whether the request tries a replica out that has been failing.</summary>
    public Ejection? Trial { get; set; }

    /// <summary>The request's body, if it has one.</summary>
    public ReplayableBody? Body { get; set; }

    /// <summary>The status code for which the replica's answer was held back.</summary>
    public int? DiscardedStatusCode { get; private set; }

    /// <summary>The replica that gets the request next, once this one's failure was found to be worth another attempt.</summary>
    public DestinationState? NextDestination { get; private set; }

    /// <summary>Whether every replica so far could not even be connected to.</summary>
    public bool NeverConnected { get; private set; } = true;

    /// <summary>
    /// How long this attempt may wait for the answer to begin; <see langword="null"/> for the first one, which other
    /// limits apply to.
    /// </summary>
    public TimeSpan? RemainingTime =>
        _triedDestinations is null ? null : options.Deadline - time.GetElapsedTime(_startedAt);

    public static ProxiedRequest? Get(HttpContext context) => context.Features.Get<ProxiedRequest>();

    /// <summary>Whether a replica that may fail can be tried with this request: the failure would cost its client nothing.</summary>
    public bool CanBeTrial(HttpRequest request, bool hasBody) =>
        options.Enabled && isIdempotent && (!hasBody || request.ContentLength <= options.BufferLimit);

    /// <summary>How much of the body is worth keeping: it may have to be sent again, and is not known to be too large.</summary>
    public int GetBufferLimit(HttpRequest request) =>
        options.Enabled && isIdempotent && !(request.ContentLength > options.BufferLimit) ? options.BufferLimit : 0;

    public void BeginAttempt(Replica replica)
    {
        Replica = replica;
        DiscardedStatusCode = null;
        NextDestination = null;
        WasWritten = false;
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

    public void RecordLatency() => Replica!.Latency.Record(time.GetElapsedTime(SentAt));

    /// <summary>Decides about an answer of which nothing has gone to the client yet.</summary>
    /// <returns>Whether the answer is to be held back, and <see cref="NextDestination"/> to be asked.</returns>
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

    /// <summary>Decides about a failure of the forwarder's.</summary>
    /// <returns>Whether <see cref="NextDestination"/> is to be asked.</returns>
    public bool TryPlanRetry(HttpContext context, IForwarderErrorFeature error)
    {
        var couldNotConnect = CouldNotConnect(error);
        NeverConnected &= couldNotConnect;
        if (
            context.Response.HasStarted
            || context.RequestAborted.IsCancellationRequested
            || !options.Enabled
            || Retries >= options.MaxRetries
        )
        {
            return false;
        }

        switch (error.Error)
        {
            case ForwarderError.Request when couldNotConnect:
                return Body is null or { CanRewind: true } && TryPlanNext(usesBudget: false);
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

    /// <summary>Whether a failure of the forwarder's says something about the replica, and not about the client.</summary>
    public bool IsReplicaFault(ForwarderError error) =>
        error switch
        {
            ForwarderError.Request
            or ForwarderError.ResponseBodyDestination
            or ForwarderError.ResponseHeaders
            or ForwarderError.UpgradeResponseDestination => true,
            // Nothing has moved for long, but it was the client's turn.
            ForwarderError.RequestTimedOut => Body is null or { IsComplete: true },
            // RequestBodyDestination: the replica does not want the rest of the body, which it may have said in an answer.
            _ => false,
        };

    /// <summary>Prepares for the next replica.</summary>
    public void PrepareRetry()
    {
        (_triedDestinations ??= []).Add(Replica!.Destination);
        Trial = null;
        Body?.Rewind();
    }

    // The client may have written the request to a connection that broke, and failed to make another one.
    private bool CouldNotConnect(IForwarderErrorFeature error) =>
        !WasWritten
        && error.Error == ForwarderError.Request
        && error.Exception is HttpRequestException failed
        && failed.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError;

    private bool CanResend =>
        options.Enabled && isIdempotent && Retries < options.MaxRetries && Body is null or { CanRewind: true };

    /// <summary>Finds another replica once, because who takes requests may change at any moment.</summary>
    private bool TryPlanNext(bool usesBudget)
    {
        if (time.GetElapsedTime(_startedAt) >= options.Deadline || FindNextDestination() is not { } next)
        {
            return false;
        }

        // A trial is the gateway's own idea, and there is one in an ejection's time at most.
        if (usesBudget && Trial is null && !budget.TryTake(options))
        {
            return false;
        }

        NextDestination = next;
        return true;
    }

    /// <summary>Finds the least busy replica that has not had the request.</summary>
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
