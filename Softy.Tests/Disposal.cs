namespace Softy.Tests;

/// <summary>Disposes of what tests have started.</summary>
internal static class Disposal
{
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(2);

    /// <summary>Gives up what does not end, so that a test or a fixture fails and the others go on.</summary>
    /// <param name="what">Its name, for the error.</param>
    /// <param name="dispose">Disposes of it; may block.</param>
    public static async ValueTask BoundedAsync(string what, Func<ValueTask> dispose)
    {
        var disposal = Task.Run(async () => await dispose());
        try
        {
            await disposal.WaitAsync(_longest);
        }
        catch (TimeoutException exception) when (!disposal.IsCompleted)
        {
            throw new TimeoutException($"After {_longest}, {what} is still not disposed of.", exception);
        }
    }

    /// <summary>Waits until what has started is ready, or else disposes of it.</summary>
    public static async Task<T> UnlessReadyAsync<T>(T started, Func<T, Task> waitUntilReady)
        where T : IAsyncDisposable
    {
        try
        {
            await waitUntilReady(started);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }
}
