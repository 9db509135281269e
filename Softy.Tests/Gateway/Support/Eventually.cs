using System.Diagnostics;

namespace Softy.Tests.Gateway.Support;

/// <summary>Waits for what must come true.</summary>
internal static class Eventually
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <returns>How long that took.</returns>
    public static async Task<TimeSpan> Async(Func<Task<bool>> condition, string what, TimeSpan patience)
    {
        var watch = Stopwatch.StartNew();
        Exception? last = null;
        while (watch.Elapsed < patience)
        {
            try
            {
                if (await condition())
                {
                    return watch.Elapsed;
                }
            }
            catch (HttpRequestException exception)
            {
                last = exception;
            }

            await Task.Delay(_interval, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"After {patience} it is still not so that {what}.", last);
    }
}
