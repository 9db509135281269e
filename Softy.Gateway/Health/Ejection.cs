namespace Softy.Gateway.Health;

/// <summary>
/// A replica's time out. When it is over, one request at a time tries the replica, and its outcome decides: back in,
/// or out for twice as long.
/// </summary>
internal sealed class Ejection(long since, TimeSpan duration, bool isTransportFailure, TimeProvider time)
{
    private int _trial;

    /// <summary>When the replica was taken out, by the process's monotonic clock.</summary>
    public long Since => since;

    public TimeSpan Duration => duration;

    /// <summary>Whether the replica could not be reached, as against answering badly.</summary>
    public bool IsTransportFailure => isTransportFailure;

    public bool IsOver => time.GetElapsedTime(since) >= duration;

    /// <summary>
    /// Takes the one trial there is. Requests that can be repeated elsewhere go first, because their trial costs
    /// nobody anything; the others only where no such request has come for another such time.
    /// </summary>
    public bool TryTakeTrial(bool isRepeatable)
    {
        var elapsed = time.GetElapsedTime(since);
        return elapsed >= (isRepeatable ? duration : 2 * duration) && Interlocked.CompareExchange(ref _trial, 1, 0) == 0;
    }

    /// <summary>Gives the trial back, when it has shown nothing.</summary>
    public void ReturnTrial() => Volatile.Write(ref _trial, 0);
}
