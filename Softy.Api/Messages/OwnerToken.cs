using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Softy.Api.Messages;

/// <summary>The token that authorizes deleting a message. Only its hash is stored.</summary>
internal static class OwnerToken
{
    private const int Length = 32;
    private const int FormattedLength = 43;

    public static byte[] Create() => RandomNumberGenerator.GetBytes(Length);

    public static string Format(byte[] token) => Base64Url.EncodeToString(token);

    public static byte[] Hash(byte[] token) => SHA256.HashData(token);

    public static bool TryParse(string? value, [NotNullWhen(true)] out byte[]? token)
    {
        token = new byte[Length];
        if (
            value is { Length: FormattedLength }
            && Base64Url.DecodeFromChars(value, token, out _, out var written) == OperationStatus.Done
            && written == Length
        )
        {
            return true;
        }

        token = null;
        return false;
    }
}
