using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Softy.Api.Live;
using Softy.Api.Stores;
using StackExchange.Redis;

namespace Softy.Api.Messages;

/// <summary>
/// The newest pages, one for each limit, in Redis: everybody asks for those. A page is stored together with the generation
/// of the wall that was current before the page was read from the database, and counts only while that generation is
/// current. A writer starts a new generation after its commit: whatever was read before it, by any replica, at any pace,
/// counts no more. Should the new generation not reach Redis, the page ends by itself, a second after it began to be read.
/// Generations are random: a Redis that has lost its data never comes back to one that was.
/// <para>
/// Pages that this replica has seen are kept here, too. Redis is then asked whether a page still counts, not for the page.
/// </para>
/// </summary>
internal sealed class MessageCache(RedisStore redis, IOptions<MessageOptions> options, TimeProvider time)
{
    private const string RenewScript = """
        redis.call('SET', KEYS[1], ARGV[1])
        redis.call('PUBLISH', ARGV[2], ARGV[3])
        return 1
        """;

    private static readonly RedisKey _generationKey = "softy:messages:generation";
    private static readonly RedisKey[] _generationKeys = [_generationKey];

    private readonly Copy?[] _copies = new Copy?[PageRequest.MaxLimit + 1];

    /// <summary>Looks the newest page up.</summary>
    /// <param name="limit">How many messages it has at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<CacheLookup> FindAsync(int limit, CancellationToken cancellationToken)
    {
        // Before Redis is asked: what happens later cannot be in a page that is stored with this time.
        var readAt = time.GetTimestamp();
        try
        {
            if (Volatile.Read(ref _copies[limit]) is { } copy && time.GetElapsedTime(copy.From) < copy.Duration)
            {
                var current = await redis.RunAsync(
                    static (database, key) => database.StringGetAsync(key),
                    _generationKey,
                    cancellationToken
                );
                if (current == copy.Generation)
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
                new[] { _generationKey, GetKey(limit) },
                cancellationToken
            );

            if (values[0].IsNull)
            {
                // Of several replicas that find none, the first to say so starts one.
                await redis.RunAsync(
                    static (database, _) =>
                        database.StringSetAsync(_generationKey, NewGeneration(), when: When.NotExists),
                    0,
                    cancellationToken
                );
                return CacheLookup.Unavailable;
            }

            var generation = values[0].ToString();
            var content = values[1].IsNull ? null : PageContent.TryParse((byte[])values[1]!, generation);
            if (content is not null && remaining is { } duration)
            {
                Keep(limit, new Copy(content, generation, readAt, duration));
            }

            return new CacheLookup(content, generation, readAt);
        }
        catch (StoreUnavailableException)
        {
            return CacheLookup.Unavailable;
        }
    }

    /// <summary>Stores the newest page, which was read from the database after the lookup.</summary>
    public async Task StoreAsync(int limit, PageContent content, CacheLookup lookup)
    {
        var remaining = options.Value.CacheDuration - time.GetElapsedTime(lookup.ReadAt);
        if (lookup.Generation is not { } generation || remaining < TimeSpan.FromMilliseconds(1))
        {
            return;
        }

        Keep(limit, new Copy(content, generation, lookup.ReadAt, options.Value.CacheDuration));
        try
        {
            await redis.RunAsync(
                static (database, entry) => database.StringSetAsync(entry.Key, entry.Value, entry.remaining),
                (Key: GetKey(limit), Value: (RedisValue)content.Format(generation), remaining),
                CancellationToken.None
            );
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
                static (database, generation) =>
                    database.ScriptEvaluateAsync(
                        RenewScript,
                        _generationKeys,
                        [generation, LiveChannel.Name, LiveChannel.Messages]
                    ),
                NewGeneration(),
                CancellationToken.None
            );
        }
        catch (StoreUnavailableException)
        {
            // Pages end by themselves within a second.
        }
    }

    private static string NewGeneration() => RandomNumberGenerator.GetHexString(16, lowercase: true);

    private void Keep(int limit, Copy copy) => Volatile.Write(ref _copies[limit], copy);

    private static RedisKey GetKey(int limit) =>
        string.Create(CultureInfo.InvariantCulture, $"softy:messages:newest:{limit}");

    /// <summary>A page of one generation of the wall, until <paramref name="Duration"/> after <paramref name="From"/>.</summary>
    private sealed record Copy(PageContent Content, string Generation, long From, TimeSpan Duration);
}

/// <summary>What a look into the cache has shown.</summary>
/// <param name="Content">The page, if it was there and current.</param>
/// <param name="Generation">The generation of the wall; none when Redis could not be asked, or has none.</param>
/// <param name="ReadAt">When the look began.</param>
internal readonly record struct CacheLookup(PageContent? Content, string? Generation, long ReadAt)
{
    public static CacheLookup Unavailable => default;
}
