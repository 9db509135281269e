using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Softy.Api.Messages;

/// <summary>A message to be created.</summary>
/// <param name="Author">Who writes it: 1 to 64 characters after trimming, a visible one among them, in one line.</param>
/// <param name="Text">What it says: 1 to 2,000 characters after trimming, a visible one among them, in any number of lines.</param>
internal sealed record NewMessage(string? Author, string? Text)
{
    public const int MaxAuthorLength = 64;
    public const int MaxTextLength = 2000;

    /// <summary>Trims the message and says what is wrong with it.</summary>
    /// <param name="draft">The message as it can be stored, when nothing is wrong.</param>
    /// <returns>The errors by member; none when the message can be stored.</returns>
    public Dictionary<string, string[]> Validate(out MessageDraft draft)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        draft = new MessageDraft(
            Validate("author", Author, MaxAuthorLength, mayHaveLines: false, errors),
            Validate("text", Text, MaxTextLength, mayHaveLines: true, errors)
        );
        return errors;
    }

    private static string Validate(
        string member,
        string? value,
        int maxLength,
        bool mayHaveLines,
        Dictionary<string, string[]> errors
    )
    {
        var trimmed = value?.Trim() ?? "";
        if (mayHaveLines)
        {
            // Systems end lines differently, and mean the same.
            trimmed = trimmed.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        }

        if (FindError(trimmed, maxLength, mayHaveLines) is { } error)
        {
            errors[member] = [$"{char.ToUpperInvariant(member[0])}{member[1..]} {error}"];
        }

        return trimmed;
    }

    private static string? FindError(string trimmed, int maxLength, bool mayHaveLines)
    {
        // Characters are Unicode code points, as the database counts them, so that every script has the same room.
        var length = 0;
        var isVisible = false;
        for (var rest = trimmed.AsSpan(); !rest.IsEmpty; length++)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var consumed) != OperationStatus.Done)
            {
                return "must be valid Unicode text.";
            }

            if (Rune.IsControl(rune) && !(mayHaveLines && rune.Value == '\n'))
            {
                return mayHaveLines
                    ? "must not contain control characters other than line breaks."
                    : "must not contain control characters.";
            }

            isVisible |= !InvisibleCharacters.Contains(rune);
            rest = rest[consumed..];
        }

        return length == 0 ? "is required."
            : length > maxLength
                ? string.Create(CultureInfo.InvariantCulture, $"must be at most {maxLength:N0} characters long.")
            : !isVisible ? "must have a visible character."
            : null;
    }
}

/// <summary>A message that was found fit to be stored.</summary>
internal sealed record MessageDraft(string Author, string Text)
{
    /// <summary>Tells one draft from another. No member contains a null character: it keeps the two apart.</summary>
    public byte[] Hash() => SHA256.HashData(Encoding.UTF8.GetBytes($"{Author}\0{Text}"));
}
