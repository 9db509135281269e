using Microsoft.Extensions.Options;
using Softy.Api.Notifications;
using Softy.Api.Schema;
using Softy.Api.Stores;

namespace Softy.Api.Visits;

/// <summary>
/// Writes snapshots of the visits to PostgreSQL, and restores the last one after each new connection to Redis, because
/// Redis may have lost data.
/// </summary>
internal sealed class VisitSnapshotService(
    VisitCounter visits,
    VisitSnapshotStore snapshots,
    RedisExecutor redis,
    ChangeNotifications notifications,
    SchemaState schema,
    IOptions<VisitOptions> options,
    TimeProvider time,
    ILogger<VisitSnapshotService> logger
) : BackgroundService
{
    // Notifications can be lost: so often a snapshot is compared with the counts without one, in snapshot intervals.
    private const int IntervalsWithoutNotification = 10;

    private readonly BackgroundRetry _retry = new("The snapshot of the visits", TimeSpan.FromSeconds(5), time, logger);
    private int _mustRestore = 1;
    private VisitTotals? _written;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!schema.Ready.IsCompletedSuccessfully)
        {
            return;
        }

        try
        {
            // Writes the last counts of this replica without waiting for the next snapshot of another one.
            await _retry.TryAsync(SnapshotAsync, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The requests in flight have used up the shutdown timeout. Redis has the counts, and another replica
            // writes the next snapshot.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Ready.WaitAsync(stoppingToken);
        var connection = await redis.Connection.WaitAsync(stoppingToken);
        connection.ConnectionRestored += (_, _) =>
        {
            Volatile.Write(ref _mustRestore, 1);
            notifications.UnsavedVisits.Set();
        };

        var interval = options.Value.SnapshotInterval;
        while (true)
        {
            if (await _retry.TryAsync(SnapshotAsync, stoppingToken))
            {
                await Task.Delay(interval, time, stoppingToken);
                await notifications.UnsavedVisits.WaitAsync(
                    interval * (IntervalsWithoutNotification - 1),
                    stoppingToken
                );
            }
        }
    }

    private async Task SnapshotAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _mustRestore) == 1)
        {
            // Reset before the counts are restored, because a new connection meanwhile makes another restore necessary.
            Volatile.Write(ref _mustRestore, 0);
            try
            {
                await visits.RestoreAsync(cancellationToken);
            }
            catch
            {
                Volatile.Write(ref _mustRestore, 1);
                throw;
            }
        }

        var totals = await visits.GetAsync(cancellationToken);
        if (!totals.HasSameCountsAs(_written))
        {
            await snapshots.WriteAsync(totals, cancellationToken);
            _written = totals;
        }
    }
}
