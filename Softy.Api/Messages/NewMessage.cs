using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Softy.Api.Messages;

/// <summary>The request to create a message.</summary>
/// <param name="Author">
/// The author's name: 1 to 64 characters after trimming, in one line, at least one of them visible.
/// </param>
/// <param name="Text">
/// The text: 1 to 2,000 characters after trimming, in any number of lines, at least one of them visible.
/// </param>
internal sealed record NewMessage(string? Author, string? Text)
{
    public const int MaxAuthorLength = 64;
    public const int MaxTextLength = 2000;

    /// <summary>Trims and validates the message.</summary>
    /// <param name="draft">The trimmed message, which is valid if there are no errors.</param>
    /// <returns>The errors by member; empty when the message is valid.</returns>
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
            // Line ends are normalized, because systems differ in them.
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
        // Counts Unicode code points, as the database does, so that the limit is the same for every script.
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

/// <summary>A validated message that is not stored yet.</summary>
internal sealed record MessageDraft(string Author, string Text)
{
    /// <summary>Hashes the draft. Neither member contains a null character, which separates them.</summary>
    public byte[] Hash() => SHA256.HashData(Encoding.UTF8.GetBytes($"{Author}\0{Text}"));
}
