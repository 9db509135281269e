using Microsoft.Extensions.Options;
using Softy.Api.Stores;
using Softy.ServiceDefaults.Instances;

namespace Softy.Api.Visits;

/// <summary>
/// Says that this replica is there, and counts the visits of replicas that have not said so for long together: names of
/// containers that were replaced would pile up otherwise. How long a replica is silent is measured here, by a clock that
/// stands still while the machine sleeps: after that, all replicas have been silent, and none is gone.
/// </summary>
internal sealed class VisitRoster(
    VisitCounter visits,
    RedisStore redis,
    IOptions<VisitOptions> options,
    IOptions<InstanceOptions> instance,
    TimeProvider time,
    ILogger<VisitRoster> logger
) : BackgroundService
{
    private static readonly TimeSpan _longestInterval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (string Beat, long Since)> _heard = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await redis.Connection.WaitAsync(stoppingToken);
        var interval = options.Value.ForgetAfter / 10;
        using var timer = new PeriodicTimer(interval < _longestInterval ? interval : _longestInterval, time);
        var persistence = new Persistence("Looking for replicas that are gone", _longestInterval, time, logger);
        do
        {
            await persistence.TryAsync(LookAsync, stoppingToken);
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        var beats = await visits.BeatAsync(stoppingToken);
        foreach (var name in _heard.Keys.Where(name => !beats.ContainsKey(name)).ToList())
        {
            _heard.Remove(name);
        }

        var gone = new List<KeyValuePair<string, string>>();
        foreach (var beat in beats.Where(beat => beat.Key != instance.Value.Name))
        {
            if (!_heard.TryGetValue(beat.Key, out var heard) || heard.Beat != beat.Value)
            {
                _heard[beat.Key] = (beat.Value, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(heard.Since) >= options.Value.ForgetAfter)
            {
                gone.Add(beat);
            }
        }

        if (gone.Count > 0)
        {
            await visits.FoldAsync(gone, stoppingToken);
        }
    }
}
