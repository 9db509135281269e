using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Softy.AppHost.Running;

/// <summary>Tells on the console why a resource ended that nobody stopped.</summary>
internal static partial class FailureForwarding
{
    private const int Lines = 10;

    /// <summary>
    /// Repeats the last lines of a resource's log on the console when the resource ends with an error. Aspire keeps them
    /// in the resource's own log, which a user without the dashboard does not see.
    /// </summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<T> WithFailuresOnConsole<T>(this IResourceBuilder<T> builder)
        where T : IResource =>
        builder.OnResourceStopped(async (resource, stopped, cancellationToken) =>
        {
            var snapshot = stopped.ResourceEvent.Snapshot;
            if (snapshot.State?.Text != KnownResourceStates.FailedToStart && snapshot.ExitCode is null or 0)
            {
                return;
            }

            var last = new Queue<string>();
            await foreach (var batch in stopped.Services.GetRequiredService<ResourceLoggerService>()
                .GetAllAsync(resource).WithCancellation(cancellationToken))
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

            var logger = stopped.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Softy");
            LogFailure(logger, resource.Name, snapshot.ExitCode, string.Join(Environment.NewLine, last));
        });

    [LoggerMessage(2, LogLevel.Error, "'{Resource}' ended with exit code {ExitCode}. The last lines of its log:\n{Lines}")]
    private static partial void LogFailure(ILogger logger, string resource, int? exitCode, string lines);
}
