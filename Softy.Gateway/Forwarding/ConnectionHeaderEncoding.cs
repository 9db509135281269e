using System.Text;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Reads the client's <c>Connection</c> headers in a way that keeps every name in them. The server shortens what it
/// has read to <c>close</c>, <c>keep-alive</c> or <c>Upgrade</c> when that is the one option it knows there, and the
/// other names, which say what must not be passed on, are lost.
/// </summary>
/// <remarks>
/// A header with other names gets two options more: the server does not shorten two. Of these two <c>close</c> wins,
/// so a connection on which such a request came ends after it.
/// </remarks>
internal sealed class ConnectionHeaderEncoding : Encoding
{
    private const string PreservingSuffix = ", keep-alive, close";

    private static readonly ConnectionHeaderEncoding _instance = new();
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The encoding of a request header; none for all but this one, which leaves them to the server.</summary>
    public static Encoding? Select(string header) =>
        header.Equals("Connection", StringComparison.OrdinalIgnoreCase) ? _instance : null;

    public override int GetByteCount(char[] chars, int index, int count) => _utf8.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        _utf8.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => Read(bytes.AsSpan(index, count)).Length;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        var text = Read(bytes.AsSpan(byteIndex, byteCount));
        text.CopyTo(chars.AsSpan(charIndex));
        return text.Length;
    }

    public override int GetMaxByteCount(int charCount) => _utf8.GetMaxByteCount(charCount);

    public override int GetMaxCharCount(int byteCount) => _utf8.GetMaxCharCount(byteCount) + PreservingSuffix.Length;

    private static string Read(ReadOnlySpan<byte> value)
    {
        var text = _utf8.GetString(value);
        foreach (var part in text.AsSpan().Split(','))
        {
            var option = text.AsSpan(part).Trim(" \t");
            if (
                !option.IsEmpty
                && !option.Equals("close", StringComparison.OrdinalIgnoreCase)
                && !option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)
                && !option.Equals("Upgrade", StringComparison.OrdinalIgnoreCase)
            )
            {
                return text + PreservingSuffix;
            }
        }

        return text;
    }
}
