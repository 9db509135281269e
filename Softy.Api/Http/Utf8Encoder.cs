using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Softy.Api.Http;

/// <summary>
/// Writes the characters of every script into JSON as they are, those beyond the first 65,536 included: .NET's own encoders
/// escape an emoji to twelve bytes, which UTF-8 writes in four. What could end a script or an attribute is escaped still.
/// </summary>
internal sealed unsafe class Utf8Encoder : JavaScriptEncoder
{
    private const int FirstSupplementary = 0x10000;

    private readonly JavaScriptEncoder _basic = Create(UnicodeRanges.All);

    public override int MaxOutputCharactersPerInputCharacter => _basic.MaxOutputCharactersPerInputCharacter;

    public override bool WillEncode(int unicodeScalar) =>
        unicodeScalar < FirstSupplementary && _basic.WillEncode(unicodeScalar);

    public override bool TryEncodeUnicodeScalar(
        int unicodeScalar,
        char* buffer,
        int bufferLength,
        out int numberOfCharactersWritten
    ) => _basic.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);

    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var from = 0;
        while (true)
        {
            var found = _basic.FindFirstCharacterToEncode(text + from, textLength - from);
            if (found < 0)
            {
                return -1;
            }

            from += found;
            if (from + 1 >= textLength || !char.IsSurrogatePair(text[from], text[from + 1]))
            {
                return from;
            }

            from += 2;
        }
    }

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text)
    {
        var from = 0;
        while (true)
        {
            var found = _basic.FindFirstCharacterToEncodeUtf8(utf8Text[from..]);
            if (found < 0)
            {
                return -1;
            }

            from += found;
            if (
                Rune.DecodeFromUtf8(utf8Text[from..], out var rune, out var length)
                    != System.Buffers.OperationStatus.Done
                || rune.Value < FirstSupplementary
            )
            {
                return from;
            }

            from += length;
        }
    }
}
