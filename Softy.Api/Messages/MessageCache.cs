using System.Globalization;
using Microsoft.Extensions.Options;
using Softy.Api.Live;
using Softy.Api.Stores;
using StackExchange.Redis;

namespace Softy.Api.Messages;

/// <summary>
/// Pages in Redis. A page is stored together with the generation of the wall that was current before the page was read
/// from the database, and counts only while that generation is current. A writer starts a new generation after its commit:
/// whatever was read before it, by any replica, at any pace, counts no more. Should the new generation not reach Redis,
/// the page ends by itself, a second after it began to be read.
/// </summary>
internal sealed class MessageCache(RedisStore redis, PageCopies copies, IOptions<MessageOptions> options, TimeProvider time)
{
    private const string RenewScript =
        """
        redis.call('INCR', KEYS[1])
        redis.call('PUBLISH', ARGV[1], ARGV[2])
        return 1
        """;

    private const int GenerationLength = sizeof(long);

    private static readonly RedisKey _generationKey = "softy:messages:generation";
    private static readonly RedisKey[] _generationKeys = [_generationKey];
    private static readonly RedisValue[] _notice = [LiveChannel.Name, LiveChannel.Messages];

    /// <summary>Looks a page up.</summary>
    public async ValueTask<CacheLookup> FindAsync(PageRequest page, CancellationToken cancellationToken)
    {
        // Before Redis is asked: what happens later cannot be in a page that is stored with this time.
        var readAt = time.GetTimestamp();
        if (!redis.IsConnected)
        {
            return CacheLookup.Unavailable;
        }

        try
        {
            if (copies.TryFind(page, out var copy))
            {
                var current = await redis.RunAsync(static (database, key) => database.StringGetAsync(key), _generationKey, cancellationToken);
                if (ReadGeneration(current) == copy.Generation)
                {
                    return new CacheLookup(copy.Content, copy.Generation, readAt);
                }
            }

            // How long it has left is asked first: should another page take its place, that one may have longer.
            var (remaining, values) = await redis.RunAsync(
                static async (database, keys) =>
                {
                    var remaining = database.KeyTimeToLiveAsync(keys[1]);
                    var values = database.StringGetAsync(keys);
                    return (await remaining, await values);
                },
                new[] { _generationKey, GetKey(page) },
                cancellationToken);

            var generation = ReadGeneration(values[0]);
            var stored = (byte[]?)values[1];
            var content = stored is { Length: > GenerationLength } && BitConverter.ToInt64(stored) == generation
                ? PageContent.TryParse(stored.AsMemory(GenerationLength))
                : null;
            if (content is not null && remaining is { } duration)
            {
                copies.Keep(page, content, generation, readAt, duration);
            }

            return new CacheLookup(content, generation, readAt);
        }
        catch (StoreUnavailableException)
        {
            return CacheLookup.Unavailable;
        }
    }

    /// <summary>Stores a page that was read from the database after the lookup.</summary>
    public async Task StoreAsync(PageRequest page, PageContent content, CacheLookup lookup)
    {
        var remaining = options.Value.CacheDuration - time.GetElapsedTime(lookup.ReadAt);
        if (lookup.Generation is not { } generation || remaining < TimeSpan.FromMilliseconds(1))
        {
            return;
        }

        copies.Keep(page, content, generation, lookup.ReadAt, options.Value.CacheDuration);
        var bytes = new byte[GenerationLength + content.Bytes.Length];
        BitConverter.TryWriteBytes(bytes, generation);
        content.Bytes.CopyTo(bytes.AsMemory(GenerationLength));
        try
        {
            await redis.RunAsync(
                static (database, entry) => database.StringSetAsync(entry.Key, entry.Value, entry.remaining),
                (Key: GetKey(page), Value: (RedisValue)bytes, remaining),
                CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // The page was read; that it could not be kept is nobody's trouble.
        }
    }

    /// <summary>Makes every page that is stored or being read count no more, and tells all replicas about the change.</summary>
    public async ValueTask RenewAsync()
    {
        try
        {
            // Not to be cancelled with the request: the change is committed.
            await redis.RunAsync(
                static (database, _) => database.ScriptEvaluateAsync(RenewScript, _generationKeys, _notice), 0, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // Pages end by themselves within a second.
        }
    }

    private static long ReadGeneration(RedisValue value) => value.IsNull ? 0 : (long)value;

    private static RedisKey GetKey(PageRequest page) =>
        string.Create(CultureInfo.InvariantCulture, $"softy:messages:page:{page.Limit}:{page.After?.Id ?? 0}");
}

/// <summary>What a look into the cache has shown.</summary>
/// <param name="Content">The page, if it was there and current.</param>
/// <param name="Generation">The generation of the wall; none when Redis could not be asked.</param>
/// <param name="ReadAt">When the look began.</param>
internal readonly record struct CacheLookup(PageContent? Content, long? Generation, long ReadAt)
{
    public static CacheLookup Unavailable => default;
}
