using Softy.Gateway.Health;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Failover;

/// <summary>One request's way through the replicas.</summary>
internal sealed class Attempt(
    ClusterState cluster, Repeatability repeatability, bool hasBody, FailoverSettings settings, TimeProvider time)
{
    private List<DestinationState>? _tried;

    public ClusterState Cluster => cluster;

    /// <summary>The replica that has the request now.</summary>
    public Replica? Replica { get; private set; }

    /// <summary>When it got the request, by the process's monotonic clock.</summary>
    public long SentAt { get; private set; }

    /// <summary>Whether this replica may have got some of the request: its head was written to a connection.</summary>
    public bool WasWritten { get; set; }

    /// <summary>How many replicas have failed the request before.</summary>
    public int Retries => _tried?.Count ?? 0;

    /// <summary>Whether the request tries a replica out that has been failing.</summary>
    public Ejection? Trial { get; set; }

    /// <summary>The request's body, if it is kept for sending it again.</summary>
    public ReplayableBody? Body { get; set; }

    /// <summary>The status code for which the replica's answer was held back.</summary>
    public int? RefusedStatusCode { get; private set; }

    /// <summary>Whether every replica so far could not even be connected to.</summary>
    public bool NothingWasSent { get; private set; } = true;

    public static Attempt? Of(HttpContext context) => context.Features.Get<Attempt>();

    /// <summary>Whether the body is worth keeping: it may have to be sent again, and is not known to be too large.</summary>
    public bool ShallKeepBody(HttpRequest request) =>
        hasBody && settings.Enabled && repeatability == Repeatability.Always && !(request.ContentLength > settings.BufferLimit);

    public void Sent(Replica replica)
    {
        Replica = replica;
        RefusedStatusCode = null;
        WasWritten = false;
        SentAt = time.GetTimestamp();
        replica.CountRequest();
        if (_tried is not null)
        {
            replica.CountRetry();
        }
    }

    public void Answered() => Replica!.Latency.Record(time.GetElapsedTime(SentAt));

    /// <summary>Decides about an answer of which nothing has gone to the client yet.</summary>
    public bool ShallAskAnother(int statusCode)
    {
        if (settings.StatusCodes.Length == 0 || Array.IndexOf(settings.StatusCodes, statusCode) < 0 || !CanBeSentAgain || FindAnother() is null)
        {
            return false;
        }

        RefusedStatusCode = statusCode;
        return true;
    }

    /// <summary>Decides about a failure of the forwarder's.</summary>
    public bool CanRetry(HttpContext context, IForwarderErrorFeature error)
    {
        var couldNotConnect = CouldNotConnect(error);
        NothingWasSent &= couldNotConnect;
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return false;
        }

        return error.Error switch
        {
            ForwarderError.Request when couldNotConnect =>
                settings.Enabled
                && Retries < settings.MaxRetries
                && Body is not { CanRewind: false },
            ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.RequestBodyDestination or ForwarderError.ResponseBodyDestination =>
                CanBeSentAgain,
            _ => false,
        };
    }

    /// <summary>Finds the least busy replica that has not had the request; one that looks sick if there is no other.</summary>
    public DestinationState? FindAnother()
    {
        var state = cluster.DestinationsState;
        return LeastBusy(state.AvailableDestinations) ?? LeastBusy(state.AllDestinations);
    }

    /// <summary>Prepares for the next replica.</summary>
    public void Repeat()
    {
        (_tried ??= []).Add(Replica!.Destination);
        Trial = null;
        Body?.Rewind();
    }

    // The client may have written the request to a connection that broke, and failed to make another one.
    private bool CouldNotConnect(IForwarderErrorFeature error) =>
        !WasWritten
        && error is
        {
            Error: ForwarderError.Request,
            Exception: HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError,
            },
        };

    private bool CanBeSentAgain =>
        settings.Enabled
        && repeatability == Repeatability.Always
        && Retries < settings.MaxRetries
        && (!hasBody || Body is { CanRewind: true });

    private DestinationState? LeastBusy(IReadOnlyList<DestinationState> candidates)
    {
        DestinationState? best = null;
        foreach (var candidate in candidates)
        {
            if (candidate != Replica?.Destination
                && _tried?.Contains(candidate) != true
                && (best is null || candidate.ConcurrentRequestCount < best.ConcurrentRequestCount))
            {
                best = candidate;
            }
        }

        return best;
    }
}
