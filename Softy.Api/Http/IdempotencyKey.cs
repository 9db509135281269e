using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Softy.Api.Http;

/// <summary>
/// A key by which a client can repeat a POST without its effect happening twice. A request with the same key and body
/// gets the same response, so a key must be as hard to guess as a UUID.
/// </summary>
internal sealed class IdempotencyKey
{
    public const int MaxLength = 255;

    private readonly byte[] _key;

    private IdempotencyKey(string key) => _key = Encoding.ASCII.GetBytes(key);

    /// <summary>The validation error for an invalid key.</summary>
    public static string[] Error { get; } =
    [$"{ApiHeaders.IdempotencyKey} must be sent once, with 1 to {MaxLength} visible ASCII characters."];

    /// <summary>How long a key is stored.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(24);

    /// <summary>The hash of the key. The key itself is not stored.</summary>
    public byte[] Hash => SHA256.HashData(_key);

    /// <summary>Parses the header: absent, or one value of 1 to 255 visible ASCII characters or spaces.</summary>
    public static bool TryParse(StringValues header, out IdempotencyKey? key)
    {
        key = null;
        if (header.Count == 0)
        {
            return true;
        }

        if (header is not [{ Length: > 0 and <= MaxLength } value] || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return false;
        }

        key = new IdempotencyKey(value);
        return true;
    }

    /// <summary>Derives a secret from the key, the same each time for the same salt.</summary>
    public byte[] DeriveSecret(byte[] salt) => HMACSHA256.HashData(_key, salt);
}
