using System.Text;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Decodes the client's <c>Connection</c> headers so that all names in them are preserved. If the server knows one of
/// the options (<c>close</c>, <c>keep-alive</c> or <c>Upgrade</c>), it replaces the header with that option. The other
/// names, which list the headers that must not be forwarded, would be lost.
/// </summary>
/// <remarks>
/// The server does not shorten a header with two known options, so two of them are appended if there are other names.
/// Of these two, <c>close</c> takes precedence, so the connection is closed after such a request.
/// </remarks>
internal sealed class ConnectionHeaderEncoding : Encoding
{
    private const string PreservingSuffix = ", keep-alive, close";

    private static readonly ConnectionHeaderEncoding _instance = new();
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Selects the encoding of a request header, or null for all headers but this one.</summary>
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
