using System.Globalization;
using System.Runtime.InteropServices;

namespace Softy.Api.Messages;

/// <summary>Which page of messages is asked for.</summary>
/// <param name="After">Where the page before it ends; none for the first.</param>
/// <param name="Limit">How many messages it has at most.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PageRequest(MessageCursor? After, int Limit)
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    /// <summary>Reads the parameters of a query.</summary>
    /// <returns>The errors by parameter; none when there is a page like that.</returns>
    public static Dictionary<string, string[]>? Parse(string? after, string? limit, out PageRequest page)
    {
        Dictionary<string, string[]>? errors = null;
        var count = DefaultLimit;
        if (limit is not null
            && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxLimit))
        {
            errors = new(StringComparer.Ordinal) { ["limit"] = [$"Limit must be a number from 1 to {MaxLimit}."] };
        }

        MessageCursor? cursor = null;
        if (after is not null)
        {
            if (MessageCursor.TryParse(after, out var parsed))
            {
                cursor = parsed;
            }
            else
            {
                errors ??= new(StringComparer.Ordinal);
                errors["after"] = ["After must be the \"next\" of a page."];
            }
        }

        page = new PageRequest(cursor, count);
        return errors;
    }
}
