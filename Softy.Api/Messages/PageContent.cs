using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Softy.Api.Http;

namespace Softy.Api.Messages;

/// <summary>
/// A page as it is sent, with what its headers need. Cached in this form, so that a cached page is not serialized again.
/// </summary>
internal sealed class PageContent
{
    private const int CursorLength = 12;
    private const int TagLength = 24;
    private const int PrefixLength = CursorLength + TagLength;

    // The cursor of the next page or spaces, the entity tag with its quotes, the JSON.
    private readonly ReadOnlyMemory<byte> _bytes;

    private PageContent(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        var next = Encoding.ASCII.GetString(bytes.Span[..CursorLength]);
        Next = next.AsSpan().IsWhiteSpace() ? null : next;
        EntityTag = Encoding.ASCII.GetString(bytes.Span[CursorLength..PrefixLength]);
    }

    /// <summary>The cursor of the next page.</summary>
    public string? Next { get; }

    /// <summary>Names the version of the page.</summary>
    public string EntityTag { get; }

    public ReadOnlyMemory<byte> Json => _bytes[PrefixLength..];

    /// <summary>What <see cref="TryParse"/> reads.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    public static PageContent Create(MessagePage page)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(page, ApiJsonContext.Shared.MessagePage);
        var bytes = new byte[PrefixLength + json.Length];
        bytes.AsSpan(0, CursorLength).Fill((byte)' ');
        Encoding.ASCII.GetBytes(page.Next ?? "", bytes);

        // 16 of the hash's bytes make 22 characters.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(json, hash);
        bytes[CursorLength] = bytes[PrefixLength - 1] = (byte)'"';
        Base64Url.EncodeToUtf8(hash[..16], bytes.AsSpan(CursorLength + 1));

        json.CopyTo(bytes, PrefixLength);
        return new PageContent(bytes);
    }

    public static PageContent? TryParse(ReadOnlyMemory<byte> bytes) =>
        bytes.Length > PrefixLength ? new PageContent(bytes) : null;
}
