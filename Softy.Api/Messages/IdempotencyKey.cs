using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Softy.Api.Messages;

/// <summary>
/// What a client calls one POST, so that it can send the POST again without creating a second message. Whoever knows the
/// key and the body gets the answer: a key should be as hard to guess as a UUID is.
/// </summary>
internal sealed class IdempotencyKey
{
    public const string HeaderName = "Idempotency-Key";
    public const int MaxLength = 255;

    private readonly byte[] _key;

    private IdempotencyKey(string key) => _key = Encoding.ASCII.GetBytes(key);

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

    /// <summary>The owner token of the message that was created under this key: the same every time, for the same salt.</summary>
    public byte[] DeriveOwnerToken(byte[] salt) => HMACSHA256.HashData(_key, salt);
}
