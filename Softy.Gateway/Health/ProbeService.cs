using System.Collections.Concurrent;
using Softy.Gateway.Configuration;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>
/// Probes each destination in a separate loop. YARP's own monitor reports results only at the end of a whole round, so
/// that one slow replica would delay the news about all others.
/// </summary>
internal sealed partial class ProbeService : BackgroundService, IClusterChangeListener
{
    private readonly ReplicaTable _replicas;
    private readonly HealthTracker _health;
    private readonly Probe _probe;
    private readonly Http2Check _http2;
    private readonly GatewayUse _use;
    private readonly LiveOptions<ProbeOptions> _probing;
    private readonly LiveOptions<EjectionOptions> _ejecting;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<ClusterState, byte> _clusters = [];
    private readonly SemaphoreSlim _changed = new(0);
    private TaskCompletionSource _optionsChanged = NewSource();

    public ProbeService(
        ReplicaTable replicas,
        HealthTracker health,
        Probe probe,
        Http2Check http2,
        GatewayUse use,
        LiveOptions<ProbeOptions> probing,
        LiveOptions<EjectionOptions> ejecting,
        TimeProvider time,
        ILogger<ProbeService> logger
    )
    {
        (_replicas, _health, _probe, _http2, _use, _probing, _ejecting, _time, _logger) = (
            replicas,
            health,
            probe,
            http2,
            use,
            probing,
            ejecting,
            time,
            logger
        );
        probing.Changed += OnOptionsChanged;
        ejecting.Changed += OnOptionsChanged;
    }

    public void OnClusterAdded(ClusterState cluster) => OnClusterChanged(cluster);

    public void OnClusterChanged(ClusterState cluster)
    {
        _clusters[cluster] = 0;
        _changed.Release();
    }

    public void OnClusterRemoved(ClusterState cluster)
    {
        _clusters.TryRemove(cluster, out _);
        _changed.Release();
    }

    public override void Dispose()
    {
        _probing.Changed -= OnOptionsChanged;
        _ejecting.Changed -= OnOptionsChanged;
        base.Dispose();
        _changed.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new Dictionary<DestinationState, CancellationTokenSource>();
        try
        {
            while (true)
            {
                await _changed.WaitAsync(stoppingToken);

                var wanted = _clusters
                    .Keys.SelectMany(cluster =>
                        cluster.Destinations.Values.Select(destination => (cluster, destination))
                    )
                    .ToList();
                foreach (var gone in loops.Keys.Except(wanted.Select(pair => pair.destination)).ToList())
                {
                    loops.Remove(gone, out var ending);
                    await ending!.CancelAsync();
                    ending.Dispose();
                }

                foreach (var (cluster, destination) in wanted)
                {
                    if (!loops.ContainsKey(destination))
                    {
                        var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                        loops.Add(destination, ending);
                        _ = ProbeUntilAsync(cluster, _replicas.Get(destination), ending.Token);
                    }
                }
            }
        }
        finally
        {
            foreach (var ending in loops.Values)
            {
                // The stop may not have reached it yet, and does not after its disposal: the loop would go on for ever.
                await ending.CancelAsync();
                ending.Dispose();
            }
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void OnOptionsChanged(object? sender, EventArgs e)
    {
        foreach (var cluster in _clusters.Keys)
        {
            _health.Reevaluate(cluster);
        }

        Interlocked.Exchange(ref _optionsChanged, NewSource()).TrySetResult();
    }

    private async Task ProbeUntilAsync(ClusterState cluster, Replica replica, CancellationToken ending)
    {
        var held = Task.CompletedTask;
        while (!ending.IsCancellationRequested)
        {
            // Subscribes before reading the options and the use, so that no change in between is missed.
            var optionsChanged = Volatile.Read(ref _optionsChanged).Task;
            var used = _use.Next;
            if (_use.IsQuiet() && held.IsCompleted && MayHold(replica, out var seconds))
            {
                held = TryProbeAsync(cluster, replica, seconds, ending);
                await Task.WhenAny(held, used, optionsChanged);
                if (!held.IsCompleted)
                {
                    // The probe goes on, because it may bring news earlier than the others.
                    continue;
                }
            }
            else
            {
                await TryProbeAsync(cluster, replica, holdSeconds: 0, ending);
            }

            await PauseAsync(optionsChanged, ending);
        }
    }

    /// <summary>
    /// Whether the replica may hold back its answer to a probe. A replica that is new, failing or draining may not,
    /// because the next change of its health is expected.
    /// </summary>
    private bool MayHold(Replica replica, out int seconds)
    {
        seconds = (int)Math.Ceiling(_probing.Current.Hold.TotalSeconds);
        return seconds > 0
            && replica is { Destination.Health.Active: DestinationHealth.Healthy, ProbeFailures: 0 }
            && replica is { IsDraining: false, Ejection: null };
    }

    private async Task TryProbeAsync(ClusterState cluster, Replica replica, int holdSeconds, CancellationToken ending)
    {
        try
        {
            await ProbeOnceAsync(cluster, replica, holdSeconds, ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The destination is gone.
        }
        // Catches everything, because without further probes the replica would keep its last health forever.
        catch (Exception exception)
        {
            LogError(exception, cluster.ClusterId, replica.Name);
        }
    }

    private async Task ProbeOnceAsync(ClusterState cluster, Replica replica, int holdSeconds, CancellationToken ending)
    {
        if (_probing.Current is { Enabled: true } options)
        {
            var result = await _probe.SendAsync(cluster, replica, holdSeconds, options, ending);
            // Before the result is reported, so that the first request to a replica uses HTTP/2 already.
            await _http2.UpdateAsync(cluster, replica, result, options, ending);
            _health.ReportProbe(cluster, replica, result);
        }

        _health.Reevaluate(cluster, replica);
    }

    /// <summary>
    /// Waits for the interval or until the options change, because the interval can be as long as an hour.
    /// </summary>
    private async Task PauseAsync(Task optionsChanged, CancellationToken ending)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(ending);
        await Task.WhenAny(Task.Delay(_probing.Current.Interval, _time, pause.Token), optionsChanged);
        await pause.CancelAsync();
    }

    [LoggerMessage(
        1,
        LogLevel.Error,
        "{Cluster}: the probe of {Replica} failed with an unexpected error. Probing continues."
    )]
    private partial void LogError(Exception exception, string cluster, string replica);
}
