using Microsoft.Extensions.Options;
using Softy.Api.Stores;

namespace Softy.Api.Messages;

/// <summary>Pages of messages: from the cache, or from the database at most once at a time for each page.</summary>
internal sealed class MessagePages(
    MessageStore store,
    MessageCache cache,
    IOptions<StoreOptions> options,
    TimeProvider time
)
{
    private readonly ReadCoalescer<PageRequest, PageContent> _reads = new();

    public async ValueTask<PageContent> GetAsync(PageRequest page, CancellationToken cancellationToken)
    {
        // There are as many deep pages as somebody makes cursors up: they are not worth the room.
        var lookup = page.After is null
            ? await cache.FindAsync(page.Limit, cancellationToken)
            : CacheLookup.Unavailable;
        if (lookup.Content is { } content)
        {
            return content;
        }

        try
        {
            // A read that is under way may take its whole time, and so may the one after it.
            return await _reads
                .ReadAsync(page, () => LoadAsync(page, lookup), cancellationToken)
                .WaitAsync(options.Value.PostgresTimeout * 2, time, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new StoreUnavailableException(Store.Postgres, StoreTrouble.Busy, exception.Message, exception);
        }
    }

    // On behalf of everybody who waits for the page, so that no single one of them can cancel it.
    private async Task<PageContent> LoadAsync(PageRequest page, CacheLookup lookup)
    {
        var content = PageContent.Create(await store.ListAsync(page, CancellationToken.None));
        // Nobody waits for the cache.
        _ = cache.StoreAsync(page.Limit, content, lookup);
        return content;
    }
}
