using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Softy.Api.Http;

/// <summary>
/// What a client calls one POST, so that it can send the POST again without having it done twice. Whoever knows the key and
/// the body gets the answer: a key should be as hard to guess as a UUID is.
/// </summary>
internal sealed class IdempotencyKey
{
    public const string HeaderName = "Idempotency-Key";
    public const int MaxLength = 255;

    private readonly byte[] _key;

    private IdempotencyKey(string key) => _key = Encoding.ASCII.GetBytes(key);

    /// <summary>What a client is told whose key cannot be one.</summary>
    public static string[] Error { get; } =
    [$"{HeaderName} must be sent once, with 1 to {MaxLength} visible ASCII characters."];

    /// <summary>How long a request is remembered by its key.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(24);

    /// <summary>What is stored of the key.</summary>
    public byte[] Hash => SHA256.HashData(_key);

    /// <summary>Reads the header's value: one of 1 to 255 visible ASCII characters or spaces between them.</summary>
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

    /// <summary>A secret that belongs to the request: the same every time, for the same salt.</summary>
    public byte[] Derive(byte[] salt) => HMACSHA256.HashData(_key, salt);
}
