using System.Globalization;
using Microsoft.Extensions.Options;
using Softy.Api.Http;
using Softy.Api.Stores;
using Softy.ServiceDefaults.Instances;
using StackExchange.Redis;

namespace Softy.Api.Visits;

/// <summary>
/// Counts visits in a Redis hash with one field per replica. The total is the sum of the fields, so the two always
/// agree. If Redis has lost the hash, it is restored from the snapshot in PostgreSQL before it is used again, and each
/// replica raises its own field to what it had counted before.
/// </summary>
internal sealed class VisitCounter(
    RedisExecutor redis,
    VisitSnapshotStore snapshots,
    IOptions<InstanceOptions> instance
)
{
    // No replica has an empty name, so a field with an empty name marks a hash that was restored.
    private const string GetScript = """
        if redis.call('HEXISTS', KEYS[1], '') == 0 then return false end
        return redis.call('HGETALL', KEYS[1])
        """;

    private const string IncrementScript = """
        if redis.call('HEXISTS', KEYS[1], '') == 0 then return false end
        if KEYS[3] and not redis.call('SET', KEYS[3], '', 'NX', 'EX', ARGV[3]) then
            return redis.call('HGETALL', KEYS[1])
        end
        local floor = tonumber(ARGV[2]) - tonumber(redis.call('GET', KEYS[2]) or 0)
        if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0) < floor then
            redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', floor))
        end
        redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
        return redis.call('HGETALL', KEYS[1])
        """;

    // Skips the counts of replicas that were merged into "earlier replicas", which the snapshot may still have.
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

    // Counts a heartbeat of this replica, and returns the number of heartbeats of each replica.
    private const string HeartbeatScript = """
        redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
        local beats = {}
        for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
            beats[#beats + 1] = name
            beats[#beats + 1] = '0'
        end
        for _, value in ipairs(redis.call('HGETALL', KEYS[2])) do beats[#beats + 1] = value end
        return beats
        """;

    // Merges the counts of replicas that are gone. The merged count of each is kept for a week, so that a replica that
    // returns does not add the visits again that it counted before.
    private const string MergeScript = """
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

    private const string MergedPrefix = "softy:visits:folded:";

    private static readonly RedisKey _visits = "softy:visits";
    private static readonly RedisKey[] _keys = [_visits];
    private static readonly RedisKey[] _rosterKeys = [_visits, "softy:visits:beats", MergedPrefix];

    private readonly string _instance = instance.Value.Name;
    private readonly RedisKey[] _incrementKeys = [_visits, MergedPrefix + instance.Value.Name];
    private readonly ReadCoalescer<int, bool> _restores = new();
    private long _ownCount;

    /// <summary>Counts a visit on this replica, unless one was counted with the same key.</summary>
    /// <returns>The totals after the visit.</returns>
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
                    Interlocked.Read(ref _ownCount),
                    (long)IdempotencyKey.Lifetime.TotalSeconds,
                }
            ),
            cancellationToken
        );
        // The field may be missing: with a repeated key, another replica may have counted the visit.
        RaiseOwnCount(totals.Instances.GetValueOrDefault(_instance));
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

    /// <summary>Counts a heartbeat of this replica.</summary>
    /// <returns>The number of heartbeats by replica. The number of a replica that is gone does not change.</returns>
    public async Task<IReadOnlyDictionary<string, string>> HeartbeatAsync(CancellationToken cancellationToken)
    {
        var pairs = (RedisValue[])
            (
                await redis.RunNeededAsync(
                    static (database, instance) =>
                        database.ScriptEvaluateAsync(HeartbeatScript, _rosterKeys, [instance]),
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

    /// <summary>Merges the counts of replicas that are gone into "earlier replicas".</summary>
    /// <param name="gone">
    /// The names and heartbeats of the replicas. One with another number of heartbeats in Redis is not merged.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task MergeGoneReplicasAsync(
        IEnumerable<KeyValuePair<string, string>> gone,
        CancellationToken cancellationToken
    )
    {
        RedisValue[] arguments =
        [
            VisitTotals.EarlierReplicas,
            .. gone.SelectMany(beat => new RedisValue[] { beat.Key, beat.Value }),
        ];
        await redis.RunNeededAsync(
            static (database, arguments) => database.ScriptEvaluateAsync(MergeScript, _rosterKeys, arguments),
            arguments,
            cancellationToken
        );
    }

    /// <summary>
    /// Raises the counts in Redis to those of the snapshot, after Redis has lost its data or returned with older data.
    /// </summary>
    public Task RestoreAsync(CancellationToken cancellationToken) =>
        _restores.ReadAsync(0, RestoreCoreAsync, cancellationToken);

    private async ValueTask<VisitTotals> RunAsync<TState>(
        Func<RedisExecutor, TState, CancellationToken, ValueTask<RedisResult>> run,
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

    // Not canceled with a request, because several may wait for it.
    private async Task<bool> RestoreCoreAsync()
    {
        var counts = await snapshots.ReadAsync(CancellationToken.None);
        var arguments = counts
            .SelectMany(count => new RedisValue[] { count.Key, count.Value.ToString(CultureInfo.InvariantCulture) })
            .Append(_instance)
            .Append(Interlocked.Read(ref _ownCount))
            .ToArray();
        await redis.RunNeededAsync(
            static (database, arguments) => database.ScriptEvaluateAsync(RestoreScript, _rosterKeys, arguments),
            arguments,
            CancellationToken.None
        );
        return true;
    }

    private void RaiseOwnCount(long count)
    {
        var counted = Interlocked.Read(ref _ownCount);
        while (counted < count)
        {
            var seen = Interlocked.CompareExchange(ref _ownCount, count, counted);
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
