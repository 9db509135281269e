using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Memory;

namespace Softy.Api.Messages;

/// <summary>
/// Pages that this replica has seen in Redis, or put there. Redis is then asked whether a page still counts, not for the
/// page: one that many ask for does not cross the network for each of them, nor become garbage each time.
/// </summary>
internal sealed class PageCopies(TimeProvider time) : IDisposable
{
    private const long MaxBytes = 2 * 1024 * 1024;

    private readonly MemoryCache _copies = new(new MemoryCacheOptions { SizeLimit = MaxBytes });

    /// <summary>Keeps a page as long as it may be shown, unless there are too many.</summary>
    /// <param name="page">Which page it is.</param>
    /// <param name="content">What it says.</param>
    /// <param name="generation">The generation of the wall that it is of.</param>
    /// <param name="from">A moment, as a timestamp.</param>
    /// <param name="duration">How long after that moment it ends.</param>
    public void Keep(PageRequest page, PageContent content, long generation, long from, TimeSpan duration)
    {
        if (duration > TimeSpan.Zero)
        {
            _copies.Set(
                page,
                new PageCopy(content, generation, from, duration),
                new MemoryCacheEntryOptions { Size = content.Bytes.Length, AbsoluteExpirationRelativeToNow = duration });
        }
    }

    /// <summary>Finds a page that has not ended.</summary>
    public bool TryFind(PageRequest page, [NotNullWhen(true)] out PageCopy? copy) =>
        // The cache goes by the wall clock, which somebody may set; it is only there to make room.
        _copies.TryGetValue(page, out copy) && copy is not null && time.GetElapsedTime(copy.From) < copy.Duration;

    public void Dispose() => _copies.Dispose();
}

/// <summary>A page of one generation of the wall, until <paramref name="Duration"/> after <paramref name="From"/>.</summary>
internal sealed record PageCopy(PageContent Content, long Generation, long From, TimeSpan Duration);
