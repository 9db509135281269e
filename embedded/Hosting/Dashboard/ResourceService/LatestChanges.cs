using System.Runtime.CompilerServices;

namespace Aspire.Hosting.Dashboard.ResourceService;

/// <summary>
/// The changes of resources for a reader that may be slow: of each resource only the latest is kept, so that what waits
/// never grows beyond the number of resources.
/// </summary>
internal static class LatestChanges
{
    public static async IAsyncEnumerable<IReadOnlyCollection<ResourceEvent>> WatchAsync(
        ResourceNotificationService notifications, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var changed = new SemaphoreSlim(0);
        var waiting = new Dictionary<string, ResourceEvent>(StringComparer.Ordinal);
        var collecting = CollectAsync();
        try
        {
            while (true)
            {
                await changed.WaitAsync(cancellationToken);
                ResourceEvent[] latest;
                lock (waiting)
                {
                    latest = [.. waiting.Values];
                    waiting.Clear();
                }

                yield return latest;
            }
        }
        finally
        {
            await ended.CancelAsync();
            await collecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task CollectAsync()
        {
            await foreach (var change in notifications.WatchAsync(ended.Token))
            {
                lock (waiting)
                {
                    waiting[change.ResourceId] = change;
                    if (waiting.Count == 1)
                    {
                        changed.Release();
                    }
                }
            }
        }
    }
}
