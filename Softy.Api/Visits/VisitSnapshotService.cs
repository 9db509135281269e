using Microsoft.Extensions.Options;
using Softy.Api.Schema;
using Softy.Api.Stores;

namespace Softy.Api.Visits;

/// <summary>
/// Takes snapshots of the visits to PostgreSQL, and, after every new connection to Redis, makes sure that Redis has no less
/// than the last one.
/// </summary>
internal sealed class VisitSnapshotService(
    VisitCounter visits,
    VisitSnapshots snapshots,
    RedisStore redis,
    SchemaState schema,
    IOptions<VisitOptions> options,
    TimeProvider time,
    ILogger<VisitSnapshotService> logger
) : BackgroundService
{
    private readonly Persistence _persistence = new(
        "The snapshot of the visits",
        TimeSpan.FromSeconds(5),
        time,
        logger
    );
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
            // The last ones, so that nothing waits for the other replicas to notice.
            await _persistence.TryAsync(SnapshotAsync, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The requests in flight have taken all the time there was. Redis has the counts, and the other replicas
            // take the next snapshot.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Ready.WaitAsync(stoppingToken);
        var connection = await redis.Connection.WaitAsync(stoppingToken);
        connection.ConnectionRestored += (_, _) => Volatile.Write(ref _mustRestore, 1);

        using var timer = new PeriodicTimer(options.Value.SnapshotInterval, time);
        do
        {
            await _persistence.TryAsync(SnapshotAsync, stoppingToken);
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task SnapshotAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _mustRestore) == 1)
        {
            // Before the counts are restored: a connection that is made meanwhile may be to a Redis that has lost them again.
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
        if (!totals.IsAsBefore(_written))
        {
            await snapshots.WriteAsync(totals, cancellationToken);
            _written = totals;
        }
    }
}
