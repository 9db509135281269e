using Microsoft.Extensions.Options;
using Softy.Api.Stores;
using Softy.ServiceDefaults.Instances;

namespace Softy.Api.Visits;

/// <summary>
/// Sends heartbeats of this replica, and merges the visits of replicas whose heartbeats have stopped. Otherwise the
/// names of replaced containers would accumulate. Each replica measures the time since a heartbeat with its own
/// monotonic clock, which stops while the machine sleeps, so that no replica counts as gone afterwards.
/// </summary>
internal sealed class ReplicaHeartbeatService(
    VisitCounter visits,
    RedisExecutor redis,
    IOptions<VisitOptions> options,
    IOptions<InstanceOptions> instance,
    TimeProvider time,
    ILogger<ReplicaHeartbeatService> logger
) : BackgroundService
{
    private static readonly TimeSpan _maxInterval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (string Beat, long Since)> _lastHeartbeats = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await redis.Connection.WaitAsync(stoppingToken);
        var interval = options.Value.ForgetAfter / 10;
        using var timer = new PeriodicTimer(interval < _maxInterval ? interval : _maxInterval, time);
        var retry = new BackgroundRetry("Merging the visits of replicas that are gone", _maxInterval, time, logger);
        do
        {
            await retry.TryAsync(SendHeartbeatAsync, stoppingToken);
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task SendHeartbeatAsync(CancellationToken stoppingToken)
    {
        var beats = await visits.HeartbeatAsync(stoppingToken);
        foreach (var name in _lastHeartbeats.Keys.Where(name => !beats.ContainsKey(name)).ToList())
        {
            _lastHeartbeats.Remove(name);
        }

        var gone = new List<KeyValuePair<string, string>>();
        foreach (var beat in beats.Where(beat => beat.Key != instance.Value.Name))
        {
            if (!_lastHeartbeats.TryGetValue(beat.Key, out var heard) || heard.Beat != beat.Value)
            {
                _lastHeartbeats[beat.Key] = (beat.Value, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(heard.Since) >= options.Value.ForgetAfter)
            {
                gone.Add(beat);
            }
        }

        if (gone.Count > 0)
        {
            await visits.MergeGoneReplicasAsync(gone, stoppingToken);
        }
    }
}
