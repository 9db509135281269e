namespace Softy.Gateway.Health;

/// <summary>
/// A replica's time out. When it is over, one request at a time tries the replica, and its outcome decides: back in,
/// or out for twice as long.
/// </summary>
internal sealed class Ejection(long since, TimeSpan duration, bool isTransportFailure, TimeProvider time)
{
    /// <summary>A trial that takes longer, a large download for example, does not keep others from trying.</summary>
    private static readonly TimeSpan _longestTrial = TimeSpan.FromMinutes(1);

    private long _trialSince;

    /// <summary>When the replica was taken out, by the process's monotonic clock.</summary>
    public long Since => since;

    public TimeSpan Duration => duration;

    /// <summary>Whether the replica could not be reached, as against answering badly.</summary>
    public bool IsTransportFailure => isTransportFailure;

    public bool HasExpired => HasExpiredAt(time.GetTimestamp());

    /// <summary>
    /// Whether the time was over long ago, and no request has come that could have tried the replica. Waiting for one
    /// would keep the replica out for ever where all requests are of kinds that must not be repeated.
    /// </summary>
    public bool IsUntried => time.GetElapsedTime(since) >= 2 * duration && !HasTrialInProgress;

    private bool HasTrialInProgress =>
        Volatile.Read(ref _trialSince) is not 0 and var trialSince && time.GetElapsedTime(trialSince) < _longestTrial;

    public bool HasExpiredAt(long timestamp) => time.GetElapsedTime(since, timestamp) >= duration;

    /// <summary>Takes the one trial there is.</summary>
    public bool TryTakeTrial()
    {
        var before = Volatile.Read(ref _trialSince);
        return HasExpired
            && (before == 0 || time.GetElapsedTime(before) >= _longestTrial)
            && Interlocked.CompareExchange(ref _trialSince, time.GetTimestamp(), before) == before;
    }

    /// <summary>Gives the trial back, when it has shown nothing.</summary>
    public void ReleaseTrial() => Volatile.Write(ref _trialSince, 0);
}
