using Microsoft.Extensions.Options;
using Softy.Api.Stores;

namespace Softy.Api.Messages;

/// <summary>
/// Reads pages of messages from the cache, or else from the database, where it reads each page at most once at a time.
/// </summary>
internal sealed class MessagePageReader(
    MessageStore store,
    MessageCache cache,
    IOptions<StoreOptions> options,
    TimeProvider time
)
{
    private readonly ReadCoalescer<PageRequest, PageContent> _reads = new();

    public async ValueTask<PageContent> GetAsync(PageRequest page, CancellationToken cancellationToken)
    {
        // Only the newest pages are cached. Clients can request any number of others.
        var lookup = page.After is null
            ? await cache.FindAsync(page.Limit, cancellationToken)
            : CacheLookup.Unavailable;
        if (lookup.Content is { } content)
        {
            return content;
        }

        try
        {
            // The request may wait for a read that is running, and then for its own.
            return await _reads
                .ReadAsync(page, () => LoadAsync(page, lookup), cancellationToken)
                .WaitAsync(options.Value.PostgresTimeout * 2, time, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new StoreUnavailableException(StoreNames.Postgres, StoreFailure.Busy, exception.Message, exception);
        }
    }

    // Not canceled with a request, because several may wait for the page.
    private async Task<PageContent> LoadAsync(PageRequest page, CacheLookup lookup)
    {
        var content = PageContent.Create(await store.ListAsync(page, CancellationToken.None));
        // The response does not wait for the cache.
        _ = cache.StoreAsync(page.Limit, content, lookup);
        return content;
    }
}
