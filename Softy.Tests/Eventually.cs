using System.Diagnostics;
using System.Net.Sockets;

namespace Softy.Tests;

/// <summary>Waits for conditions.</summary>
internal static class Eventually
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(20);

    // Nothing takes nearly as long on an idle machine: only failures wait for all of it.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    /// <summary>Checks a condition repeatedly until it is true.</summary>
    /// <param name="condition">What must come true.</param>
    /// <param name="what">Its name, for the error.</param>
    /// <param name="patience">How long to ask; two minutes if null.</param>
    /// <returns>How long that took.</returns>
    public static Task<TimeSpan> Async(Func<bool> condition, string what, TimeSpan? patience = null) =>
        Async(() => Task.FromResult(condition()), what, patience);

    /// <summary>
    /// Checks a condition repeatedly until it is true. A failed or timed out request counts as false.
    /// </summary>
    /// <param name="condition">What must come true.</param>
    /// <param name="what">Its name, for the error.</param>
    /// <param name="patience">How long to ask; two minutes if null.</param>
    /// <returns>How long that took.</returns>
    public static async Task<TimeSpan> Async(Func<Task<bool>> condition, string what, TimeSpan? patience = null)
    {
        var limit = patience ?? _patience;
        var watch = Stopwatch.StartNew();
        Exception? last = null;
        do
        {
            try
            {
                if (await condition())
                {
                    return watch.Elapsed;
                }
            }
            // A connection that is reset at once can be a SocketException, for HttpClient asks it for its address.
            catch (Exception exception)
                when (exception
                        is HttpRequestException
                            or SocketException
                            or OperationCanceledException { InnerException: TimeoutException }
                )
            {
                last = exception;
            }

            await Task.Delay(_interval, Cancellation);
        } while (watch.Elapsed < limit);

        throw new TimeoutException($"After {limit} it is still not so that {what}.", last);
    }

    /// <summary>Asks repeatedly until there is a result.</summary>
    public static async Task<T> ForAsync<T>(Func<Task<T?>> ask)
        where T : class
    {
        T? answer = null;
        await Async(async () => (answer = await ask()) is not null, "there is an answer");
        return answer!;
    }
}
