using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Softy.AppHost.Running;

/// <summary>Reports on the console why a resource has failed.</summary>
internal static partial class FailureForwarding
{
    private const int Lines = 10;
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Writes the last lines of a resource's log to the console if the resource fails. Aspire writes them only to the
    /// resource's log, which is not visible without the dashboard.
    /// </summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<T> WithFailuresOnConsole<T>(this IResourceBuilder<T> builder)
        where T : IResource =>
        builder.OnResourceStopped(
            (resource, stopped, cancellationToken) =>
            {
                var snapshot = stopped.ResourceEvent.Snapshot;
                if (snapshot.State?.Text == KnownResourceStates.FailedToStart || snapshot.ExitCode is not (null or 0))
                {
                    // Not awaited, because the orchestrator handles no other process until this handler returns.
                    _ = ForwardLogAsync(resource, stopped.Services, snapshot.ExitCode);
                }

                return Task.CompletedTask;
            }
        );

    private static async Task ForwardLogAsync(IResource resource, IServiceProvider services, int? exitCode)
    {
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Softy");
        var last = new Queue<string>();
        try
        {
            using var timeout = new CancellationTokenSource(_timeout);
            await foreach (
                var batch in services
                    .GetRequiredService<ResourceLoggerService>()
                    .GetAllAsync(resource)
                    .WithCancellation(timeout.Token)
            )
            {
                foreach (var line in batch)
                {
                    last.Enqueue(line.Content);
                    if (last.Count > Lines)
                    {
                        last.Dequeue();
                    }
                }
            }
        }
        // Catches everything, because the log may already be gone when the resource restarts or the application stops.
        catch (Exception exception)
        {
            last.Enqueue($"(The log cannot be read: {exception.Message})");
        }

        LogFailure(logger, resource.Name, exitCode, string.Join(Environment.NewLine, last));
    }

    [LoggerMessage(
        2,
        LogLevel.Error,
        "'{Resource}' ended with exit code {ExitCode}. The last lines of its log:\n{Lines}"
    )]
    private static partial void LogFailure(ILogger logger, string resource, int? exitCode, string lines);
}
