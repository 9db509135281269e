using Npgsql;
using Softy.Api.Stores;

namespace Softy.Api.Schema;

/// <summary>
/// Applies migrations in the background, because endpoints that need no database answer meanwhile. Waits for a database
/// that is starting, and stops the process when the migrations do not match.
/// </summary>
internal sealed partial class SchemaService(
    SchemaMigrator migrator,
    SchemaState state,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<SchemaService> logger
) : BackgroundService
{
    private static readonly TimeSpan _firstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _longestDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _logInterval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Does not block the start of the host.
        await Task.Yield();

        var delay = _firstDelay;
        var lastLogged = (Reason: "", At: 0L);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await migrator.MigrateAsync(Migration.LoadAll(), stoppingToken);
                state.SetReady();
                return;
            }
            catch (SchemaException exception)
            {
                Fail(exception.Message);
                return;
            }
            catch (PostgresException exception) when (PostgresFailure.Classify(exception) is null)
            {
                Fail($"A migration failed: {exception.MessageText} (SQLSTATE {exception.SqlState}).");
                return;
            }
            catch (Exception exception) when (PostgresFailure.Classify(exception) is not null)
            {
                var reason = exception is PostgresException server ? server.MessageText : exception.Message;
                state.PendingReason = "Waiting for PostgreSQL.";
                // The same reason is logged only once per interval.
                if (reason != lastLogged.Reason || time.GetElapsedTime(lastLogged.At) >= _logInterval)
                {
                    LogWaiting(reason);
                    lastLogged = (reason, time.GetTimestamp());
                }
            }

            await Task.Delay(delay, time, stoppingToken);
            delay = delay * 2 < _longestDelay ? delay * 2 : _longestDelay;
        }
    }

    private void Fail(string reason)
    {
        state.PendingReason = reason;
        LogFailed(reason);
        Environment.ExitCode = 1;
        lifetime.StopApplication();
    }

    [LoggerMessage(1, LogLevel.Warning, "Waiting for PostgreSQL: {Reason}")]
    private partial void LogWaiting(string reason);

    [LoggerMessage(2, LogLevel.Critical, "Softy.Api cannot start. {Reason}")]
    private partial void LogFailed(string reason);
}
