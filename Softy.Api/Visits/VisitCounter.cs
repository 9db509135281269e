using System.Globalization;
using Microsoft.Extensions.Options;
using Softy.Api.Http;
using Softy.Api.Stores;
using Softy.ServiceDefaults.Instances;
using StackExchange.Redis;

namespace Softy.Api.Visits;

/// <summary>
/// Counts visits in a Redis hash with one field per replica; the total is their sum, so the two always agree. A hash that
/// was lost is filled from the snapshot in PostgreSQL before anything is counted or shown, and each replica makes sure that
/// its own field is never below what it has counted already.
/// </summary>
internal sealed class VisitCounter(RedisStore redis, VisitSnapshots snapshots, IOptions<InstanceOptions> instance)
{
    // No replica has an empty name: the field without a name marks a hash that was filled.
    private const string GetScript = """
        if redis.call('HEXISTS', KEYS[1], '') == 0 then return false end
        return redis.call('HGETALL', KEYS[1])
        """;

    private const string IncrementScript = """
        if redis.call('HEXISTS', KEYS[1], '') == 0 then return false end
        if KEYS[3] and not redis.call('SET', KEYS[3], '', 'NX', 'EX', ARGV[3]) then return redis.call('HGETALL', KEYS[1]) end
        local floor = tonumber(ARGV[2]) - tonumber(redis.call('GET', KEYS[2]) or 0)
        if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0) < floor then
            redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', floor))
        end
        redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
        return redis.call('HGETALL', KEYS[1])
        """;

    // The snapshot may still have counts that were moved to those of earlier replicas a moment ago.
    private const string RestoreScript = """
        for i = 1, #ARGV, 2 do
            if redis.call('EXISTS', KEYS[3] .. ARGV[i]) == 0
                and tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or 0) < tonumber(ARGV[i + 1]) then
                redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
            end
        end
        redis.call('HSET', KEYS[1], '', '1')
        return 1
        """;

    // Says that this replica is there, and tells how often each that was there has said so.
    private const string BeatScript = """
        redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
        local beats = {}
        for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
            beats[#beats + 1] = name
            beats[#beats + 1] = '0'
        end
        for _, value in ipairs(redis.call('HGETALL', KEYS[2])) do beats[#beats + 1] = value end
        return beats
        """;

    // Moves the counts of replicas that are gone together. What was moved is remembered for a week by the name: a replica
    // that comes back all the same goes on from there, and does not count twice what it has counted.
    private const string FoldScript = """
        if redis.call('HEXISTS', KEYS[1], '') == 0 then return 0 end
        for i = 2, #ARGV, 2 do
            if (redis.call('HGET', KEYS[2], ARGV[i]) or '0') == ARGV[i + 1] then
                local count = redis.call('HGET', KEYS[1], ARGV[i])
                if count then
                    redis.call('HINCRBY', KEYS[1], ARGV[1], count)
                    redis.call('HDEL', KEYS[1], ARGV[i])
                    redis.call('INCRBY', KEYS[3] .. ARGV[i], count)
                    redis.call('EXPIRE', KEYS[3] .. ARGV[i], 604800)
                end
                redis.call('HDEL', KEYS[2], ARGV[i])
            end
        end
        return 1
        """;

    private const string FoldedPrefix = "softy:visits:folded:";

    private static readonly RedisKey _visits = "softy:visits";
    private static readonly RedisKey[] _keys = [_visits];
    private static readonly RedisKey[] _rosterKeys = [_visits, "softy:visits:beats", FoldedPrefix];

    private readonly string _instance = instance.Value.Name;
    private readonly RedisKey[] _incrementKeys = [_visits, FoldedPrefix + instance.Value.Name];
    private readonly ReadCoalescer<int, bool> _restores = new();
    private long _counted;

    /// <summary>Counts one visit of this replica, unless one was counted under the same key.</summary>
    /// <returns>The totals after it.</returns>
    public async ValueTask<VisitTotals> IncrementAsync(IdempotencyKey? key, CancellationToken cancellationToken)
    {
        var totals = await RunAsync(
            static (redis, call, token) =>
                redis.ChangeAsync(
                    static (database, call) => database.ScriptEvaluateAsync(IncrementScript, call.Keys, call.Arguments),
                    call,
                    token
                ),
            (
                Keys: key is null
                    ? _incrementKeys
                    : [.. _incrementKeys, $"softy:visits:key:{Convert.ToHexStringLower(key.Hash)}"],
                Arguments: new RedisValue[]
                {
                    _instance,
                    Interlocked.Read(ref _counted),
                    (long)IdempotencyKey.Lifetime.TotalSeconds,
                }
            ),
            cancellationToken
        );
        // A visit that was counted before may have been counted by another replica.
        Remember(totals.Instances.GetValueOrDefault(_instance));
        return totals;
    }

    /// <summary>Reads the totals.</summary>
    public ValueTask<VisitTotals> GetAsync(CancellationToken cancellationToken) =>
        RunAsync(
            static (redis, _, token) =>
                redis.RunNeededAsync(static (database, _) => database.ScriptEvaluateAsync(GetScript, _keys), 0, token),
            0,
            cancellationToken
        );

    /// <summary>Says that this replica is there.</summary>
    /// <returns>How often each replica has said so, by its name: one that is gone says it no more.</returns>
    public async Task<IReadOnlyDictionary<string, string>> BeatAsync(CancellationToken cancellationToken)
    {
        var pairs = (RedisValue[])
            (
                await redis.RunNeededAsync(
                    static (database, instance) => database.ScriptEvaluateAsync(BeatScript, _rosterKeys, [instance]),
                    _instance,
                    cancellationToken
                )
            )!;
        var beats = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < pairs.Length; i += 2)
        {
            var name = pairs[i].ToString();
            if (name.Length > 0 && name != VisitTotals.EarlierReplicas)
            {
                beats[name] = pairs[i + 1].ToString();
            }
        }

        return beats;
    }

    /// <summary>Adds the counts of replicas that are gone together.</summary>
    /// <param name="gone">Their names, and how often each has said that it is there: one that has said it again stays.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task FoldAsync(IEnumerable<KeyValuePair<string, string>> gone, CancellationToken cancellationToken)
    {
        RedisValue[] arguments =
        [
            VisitTotals.EarlierReplicas,
            .. gone.SelectMany(beat => new RedisValue[] { beat.Key, beat.Value }),
        ];
        await redis.RunNeededAsync(
            static (database, arguments) => database.ScriptEvaluateAsync(FoldScript, _rosterKeys, arguments),
            arguments,
            cancellationToken
        );
    }

    /// <summary>
    /// Raises every count in Redis to what the snapshot has, for a Redis that was lost, or that came back with older data.
    /// </summary>
    public Task RestoreAsync(CancellationToken cancellationToken) =>
        _restores.ReadAsync(0, RestoreCoreAsync, cancellationToken);

    private async ValueTask<VisitTotals> RunAsync<TState>(
        Func<RedisStore, TState, CancellationToken, ValueTask<RedisResult>> run,
        TState state,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var result = await run(redis, state, cancellationToken);
            if (!result.IsNull)
            {
                return Read((RedisValue[])result!);
            }

            await RestoreAsync(cancellationToken);
        }
    }

    // On behalf of everybody who waits for it.
    private async Task<bool> RestoreCoreAsync()
    {
        var counts = await snapshots.ReadAsync(CancellationToken.None);
        var arguments = counts
            .SelectMany(count => new RedisValue[] { count.Key, count.Value.ToString(CultureInfo.InvariantCulture) })
            .Append(_instance)
            .Append(Interlocked.Read(ref _counted))
            .ToArray();
        await redis.RunNeededAsync(
            static (database, arguments) => database.ScriptEvaluateAsync(RestoreScript, _rosterKeys, arguments),
            arguments,
            CancellationToken.None
        );
        return true;
    }

    private void Remember(long count)
    {
        var counted = Interlocked.Read(ref _counted);
        while (counted < count)
        {
            var seen = Interlocked.CompareExchange(ref _counted, count, counted);
            if (seen == counted)
            {
                return;
            }

            counted = seen;
        }
    }

    private static VisitTotals Read(RedisValue[] pairs)
    {
        var total = 0L;
        var instances = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < pairs.Length; i += 2)
        {
            var name = pairs[i].ToString();
            if (name.Length > 0)
            {
                var count = (long)pairs[i + 1];
                instances.Add(name, count);
                total += count;
            }
        }

        return new VisitTotals(total, instances);
    }
}
