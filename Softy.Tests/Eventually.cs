using System.Diagnostics;

namespace Softy.Tests;

/// <summary>Waits for what must come true.</summary>
internal static class Eventually
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(20);

    // Far longer than anything takes on a machine that has nothing else to do: only a failure waits that long.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <param name="condition">What must come true.</param>
    /// <param name="what">Its name, for the error.</param>
    /// <param name="patience">How long to ask; two minutes if null.</param>
    /// <returns>How long that took.</returns>
    public static Task<TimeSpan> Async(Func<bool> condition, string what, TimeSpan? patience = null) =>
        Async(() => Task.FromResult(condition()), what, patience);

    /// <summary>Asks again and again until the answer is yes; one that nobody answers is no.</summary>
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
            catch (Exception exception)
                when (exception
                        is HttpRequestException
                            or OperationCanceledException { InnerException: TimeoutException }
                )
            {
                last = exception;
            }

            await Task.Delay(_interval, TestContext.Current.CancellationToken);
        } while (watch.Elapsed < limit);

        throw new TimeoutException($"After {limit} it is still not so that {what}.", last);
    }

    /// <summary>Asks again and again until there is an answer.</summary>
    public static async Task<T> ForAsync<T>(Func<Task<T?>> ask)
        where T : class
    {
        T? answer = null;
        await Async(async () => (answer = await ask()) is not null, "there is an answer");
        return answer!;
    }
}
