using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Softy.Api.Schema;
using Softy.Api.Stores;

namespace Softy.Api.Visits;

/// <summary>Settings of the visit counter. Read from the configuration section <c>Visits</c>.</summary>
internal sealed class VisitOptions
{
    public const string SectionName = "Visits";

    /// <summary>How often the counts go to PostgreSQL, when they have changed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00", ErrorMessage = "Visits:SnapshotInterval must be between 50 ms and 1 h.")]
    public TimeSpan SnapshotInterval { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// Takes snapshots of the visits to PostgreSQL, and, after every new connection to Redis, makes sure that Redis has no less
/// than the last one.
/// </summary>
internal sealed partial class VisitSnapshotService(
    VisitCounter visits,
    VisitSnapshots snapshots,
    RedisStore redis,
    SchemaState schema,
    IOptions<VisitOptions> options,
    TimeProvider time,
    ILogger<VisitSnapshotService> logger) : BackgroundService
{
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
            await SnapshotAsync(cancellationToken);
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
            await SnapshotAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task SnapshotAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Exchange(ref _mustRestore, 0) == 1)
            {
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
            if (_written is null || totals.Total != _written.Total)
            {
                await snapshots.WriteAsync(totals, cancellationToken);
                _written = totals;
            }
        }
        catch (StoreUnavailableException exception)
        {
            LogPostponed(exception.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The snapshot of the visits is postponed: {Reason}")]
    private partial void LogPostponed(string reason);
}
