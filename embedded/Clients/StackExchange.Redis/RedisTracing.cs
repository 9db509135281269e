using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Makes an activity of every Redis command that is sent on behalf of one, out of what the client's profiler has measured.
/// Stands for <c>OpenTelemetry.Instrumentation.StackExchangeRedis</c>, and has its source's name.
/// </summary>
internal sealed class RedisTracing : IProfiler
{
    /// <summary>The name of the source of the activities.</summary>
    public const string SourceName = "OpenTelemetry.Instrumentation.StackExchangeRedis";

    private static readonly ActivitySource _source = new(SourceName);

    private readonly ConditionalWeakTable<Activity, object> _profiled = [];
    private readonly ConnectionMultiplexer _connection;
    private int _isListening;

    private RedisTracing(ConnectionMultiplexer connection) => _connection = connection;

    /// <summary>Watches a connection as long as the process runs. Costs next to nothing while nobody listens.</summary>
    public static void Watch(ConnectionMultiplexer connection) => connection.RegisterProfiler(new RedisTracing(connection));

    /// <summary>Called by the client for every command.</summary>
    /// <returns>The activity on whose behalf the command is sent; null leaves the command alone.</returns>
    public object? GetContext()
    {
        if (!_source.HasListeners() || Activity.Current is not { IsAllDataRequested: true } activity)
        {
            return null;
        }

        if (Interlocked.Exchange(ref _isListening, 1) == 0)
        {
            // Commands are told once the activity that sent them has ended: they all have their times then.
            ActivitySource.AddActivityListener(new ActivityListener
            {
                ShouldListenTo = source => source.Name != SourceName,
                ActivityStopped = Report,
            });
        }

        if (_profiled.TryAdd(activity, activity))
        {
            _connection.BeginProfiling(activity);
        }

        return activity;
    }

    private void Report(Activity activity)
    {
        if (!_profiled.Remove(activity))
        {
            return;
        }

        foreach (var command in _connection.FinishProfiling(activity))
        {
            using var span = _source.StartActivity(
                ActivityKind.Client, activity.Context, startTime: new DateTimeOffset(command.CommandCreated), name: command.Command);
            var (host, port) = command.EndPoint switch
            {
                DnsEndPoint dns => (dns.Host, dns.Port),
                IPEndPoint ip => (ip.Address.ToString(), ip.Port),
                _ => (null, 0),
            };
            span?.SetTag("db.system.name", "redis")
                .SetTag("db.operation.name", command.Command)
                .SetTag("db.namespace", command.Db.ToString(CultureInfo.InvariantCulture))
                .SetTag("server.address", host)
                .SetTag("server.port", port);
            // This client takes the ticks of the stopwatch for ticks of time, which they are on Windows only.
            span?.SetEndTime(command.CommandCreated + (command.ElapsedTime * ((double)TimeSpan.TicksPerSecond / Stopwatch.Frequency)));
        }
    }
}
