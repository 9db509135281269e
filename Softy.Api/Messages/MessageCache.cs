using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Softy.Api.Notifications;
using Softy.Api.Stores;
using StackExchange.Redis;

namespace Softy.Api.Messages;

/// <summary>
/// Caches the newest page of each size in Redis, because most clients request one of those. Redis also has the current
/// generation of the wall. A page is stored with the generation that was current before the page was read from the
/// database, and is valid only while that generation is current. A writer sets a new generation after its commit, which
/// invalidates all pages that any replica read before it, even those that are stored later. If the new generation does
/// not reach Redis, a page expires a second after the start of its read. Generations are random, so that an earlier
/// generation never becomes current again when Redis loses its data.
/// <para>
/// Each replica also has copies of the pages in memory. It then reads only the generation from Redis, not the page.
/// </para>
/// </summary>
internal sealed class MessageCache(RedisExecutor redis, IOptions<MessageOptions> options, TimeProvider time)
{
    private const string InvalidateScript = """
        redis.call('SET', KEYS[1], ARGV[1])
        redis.call('PUBLISH', ARGV[2], ARGV[3])
        return 1
        """;

    private static readonly RedisKey _generationKey = "softy:messages:generation";
    private static readonly RedisKey[] _generationKeys = [_generationKey];

    private readonly PageCopy?[] _copies = new PageCopy?[PageRequest.MaxLimit + 1];

    /// <summary>Finds the newest page.</summary>
    /// <param name="limit">How many messages the page has at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<CacheLookup> FindAsync(int limit, CancellationToken cancellationToken)
    {
        // Before the generation is read: the age of a page that is stored later counts from here.
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

            // The time to live is read before the page. If another page replaces it meanwhile, that one lives longer.
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
                // There is no generation. If several replicas set one, the first wins.
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
                SetCopy(limit, new PageCopy(content, generation, readAt, duration));
            }

            return new CacheLookup(content, generation, readAt);
        }
        catch (StoreUnavailableException)
        {
            return CacheLookup.Unavailable;
        }
    }

    /// <summary>Stores a page that was read from the database after the lookup.</summary>
    public async Task StoreAsync(int limit, PageContent content, CacheLookup lookup)
    {
        var remaining = options.Value.CacheDuration - time.GetElapsedTime(lookup.ReadAt);
        if (lookup.Generation is not { } generation || remaining < TimeSpan.FromMilliseconds(1))
        {
            return;
        }

        SetCopy(limit, new PageCopy(content, generation, lookup.ReadAt, options.Value.CacheDuration));
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
            // The request has its page, and does not depend on the cache.
        }
    }

    /// <summary>
    /// Invalidates all pages, including those that are being read, and notifies all replicas of the change.
    /// </summary>
    public async ValueTask InvalidateAsync()
    {
        try
        {
            // Not canceled with the request, because the change is committed.
            await redis.RunAsync(
                static (database, generation) =>
                    database.ScriptEvaluateAsync(
                        InvalidateScript,
                        _generationKeys,
                        [generation, NotificationChannel.Name, NotificationChannel.Messages]
                    ),
                NewGeneration(),
                CancellationToken.None
            );
        }
        catch (StoreUnavailableException)
        {
            // The pages expire within a second.
        }
    }

    private static string NewGeneration() => RandomNumberGenerator.GetHexString(16, lowercase: true);

    private void SetCopy(int limit, PageCopy copy) => Volatile.Write(ref _copies[limit], copy);

    private static RedisKey GetKey(int limit) =>
        string.Create(CultureInfo.InvariantCulture, $"softy:messages:newest:{limit}");

    /// <summary>
    /// A page of one generation, valid until <paramref name="Duration"/> after <paramref name="From"/>.
    /// </summary>
    private sealed record PageCopy(PageContent Content, string Generation, long From, TimeSpan Duration);
}

/// <summary>The result of a lookup in the cache.</summary>
/// <param name="Content">The page; null if there is none that is valid.</param>
/// <param name="Generation">The current generation; null when Redis does not answer or has none.</param>
/// <param name="ReadAt">The timestamp of the start of the lookup.</param>
internal readonly record struct CacheLookup(PageContent? Content, string? Generation, long ReadAt)
{
    public static CacheLookup Unavailable => default;
}
