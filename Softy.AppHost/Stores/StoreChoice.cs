using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Softy.AppHost.Stores;

/// <summary>Decides how the stores run, and logs the decision.</summary>
internal static partial class StoreChoice
{
    /// <summary>
    /// Runs PostgreSQL and Redis as processes if the option <c>Stores</c> says so, or if no container runtime is
    /// running.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="mode">The option <c>Stores</c>.</param>
    /// <param name="postgres">The database server.</param>
    /// <param name="redis">The cache, visit counter and message bus.</param>
    public static void RunStores(
        this IDistributedApplicationBuilder builder,
        StoreMode mode,
        IResourceBuilder<PostgresServerResource> postgres,
        IResourceBuilder<RedisResource> redis
    )
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            return;
        }

        var (asProcesses, reason) = mode switch
        {
            StoreMode.Process => (true, "Stores is 'process'"),
            StoreMode.Container => (false, "Stores is 'container'"),
            _ => ContainerRuntime.Find(builder.Configuration) is { } runtime
                ? (false, $"{runtime} is running")
                : (true, "no container runtime is running"),
        };

        if (asProcesses)
        {
            postgres.RunAsProcess();
            redis.RunAsProcess();
        }
        else
        {
            postgres.RunAsContainer();
        }

        builder.Eventing.Subscribe<BeforeStartEvent>(
            (start, _) =>
            {
                var logger = start.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Softy");
                LogChoice(logger, asProcesses ? "processes" : "containers", reason);
                return Task.CompletedTask;
            }
        );
    }

    [LoggerMessage(1, LogLevel.Information, "PostgreSQL and Redis run as {Kind}: {Reason}.")]
    private static partial void LogChoice(ILogger logger, string kind, string reason);
}
