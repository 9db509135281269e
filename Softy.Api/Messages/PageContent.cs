using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Net.Http.Headers;

namespace Softy.Api.Messages;

/// <summary>A serialized page. The cache has pages in this form, so that they are serialized only once.</summary>
/// <param name="Next">The cursor of the next page.</param>
/// <param name="Json">The body.</param>
internal sealed record PageContent(string? Next, ReadOnlyMemory<byte> Json)
{
    /// <summary>Identifies the version of the page.</summary>
    public EntityTagHeaderValue EntityTag { get; } =
        new($"\"{Base64Url.EncodeToString(SHA256.HashData(Json.Span).AsSpan(0, 16))}\"");

    public static PageContent Create(MessagePage page) =>
        new(page.Next, JsonSerializer.SerializeToUtf8Bytes(page, MessageJsonContext.Shared.MessagePage));

    /// <summary>Writes the page for a cache: a line with the generation and the cursor, and the JSON.</summary>
    public byte[] Format(string generation) => [.. Encoding.ASCII.GetBytes($"{generation} {Next}\n"), .. Json.Span];

    /// <summary>Parses what <see cref="Format"/> writes.</summary>
    /// <returns>The page; null when it is of another generation.</returns>
    public static PageContent? TryParse(ReadOnlyMemory<byte> bytes, string generation)
    {
        var end = bytes.Span.IndexOf((byte)'\n');
        return
            end > 0
            && Encoding.ASCII.GetString(bytes.Span[..end]).Split(' ') is [var stored, var next]
            && stored == generation
            ? new PageContent(next.Length > 0 ? next : null, bytes[(end + 1)..])
            : null;
    }
}
