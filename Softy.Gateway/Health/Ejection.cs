namespace Softy.Gateway.Health;

/// <summary>
/// The period for which a failing replica is ejected. After it has expired, one trial request at a time is sent to the
/// replica: if it succeeds, the replica is reinstated, otherwise it is ejected for twice as long.
/// </summary>
internal sealed class Ejection(long since, TimeSpan duration, bool isTransportFailure, TimeProvider time)
{
    /// <summary>
    /// A slow trial request, for example a large download, does not block other trials for longer than this.
    /// </summary>
    private static readonly TimeSpan _longestTrial = TimeSpan.FromMinutes(1);

    private long _trialSince;

    /// <summary>When the replica was ejected, as a monotonic timestamp.</summary>
    public long Since => since;

    public TimeSpan Duration => duration;

    /// <summary>Whether connections to the replica failed, rather than its responses.</summary>
    public bool IsTransportFailure => isTransportFailure;

    public bool HasExpired => HasExpiredAt(time.GetTimestamp());

    /// <summary>
    /// Whether the ejection expired long ago without any trial. Waiting longer could eject the replica forever if none
    /// of the requests can be repeated.
    /// </summary>
    public bool IsUntried => time.GetElapsedTime(since) >= 2 * duration && !HasTrialInProgress;

    private bool HasTrialInProgress =>
        Volatile.Read(ref _trialSince) is not 0 and var trialSince && time.GetElapsedTime(trialSince) < _longestTrial;

    public bool HasExpiredAt(long timestamp) => time.GetElapsedTime(since, timestamp) >= duration;

    /// <summary>Takes the trial, if no other request has it.</summary>
    public bool TryTakeTrial()
    {
        var before = Volatile.Read(ref _trialSince);
        return HasExpired
            && (before == 0 || time.GetElapsedTime(before) >= _longestTrial)
            && Interlocked.CompareExchange(ref _trialSince, time.GetTimestamp(), before) == before;
    }

    /// <summary>Allows another trial after one without a conclusive result.</summary>
    public void ReleaseTrial() => Volatile.Write(ref _trialSince, 0);
}
