using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Softy.Api.Json;

/// <summary>
/// Writes all printable characters unescaped. .NET's own encoders escape those outside the Basic Multilingual Plane: an
/// emoji takes twelve bytes then, where UTF-8 takes four. Characters that are special in HTML are still escaped.
/// </summary>
internal sealed unsafe class UnicodeJsonEncoder : JavaScriptEncoder
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
