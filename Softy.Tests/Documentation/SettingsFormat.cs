using System.Collections;
using System.Globalization;

namespace Softy.Tests.Documentation;

/// <summary>How types and values of settings are written in the document.</summary>
internal static class SettingsFormat
{
    /// <summary>The name of a type, for readers who write configuration.</summary>
    public static string TypeName(Type type) =>
        type switch
        {
            _ when Nullable.GetUnderlyingType(type) is { } underlying => TypeName(underlying),
            { IsEnum: true } => "name",
            _ when type == typeof(bool) => "Boolean",
            _ when type == typeof(string) => "text",
            _ when type == typeof(int) || type == typeof(long) => "whole number",
            _ when type == typeof(TimeSpan) => "duration",
            _ when type == typeof(int[]) => "list of whole numbers",
            _ when type == typeof(string[]) => "list of texts",
            _ when type == typeof(Dictionary<string, int>) => "whole number for each name",
            _ when type == typeof(Dictionary<string, string>) => "text for each name",
            _ => throw new NotSupportedException($"The document has no word for settings of the type {type}."),
        };

    /// <summary>A default value as Markdown.</summary>
    public static string Value(object? value) =>
        value switch
        {
            null or "" => "not set",
            bool flag => flag ? "`true`" : "`false`",
            TimeSpan duration => $"`{Duration(duration)}`",
            // The name differs between machines.
            string text when text == Environment.MachineName => "the host's name",
            string text => $"`{text}`",
            ICollection { Count: 0 } => "none",
            ICollection values => string.Join(", ", values.Cast<object>().Select(Value)),
            _ => $"`{Convert.ToString(value, CultureInfo.InvariantCulture)}`",
        };

    /// <summary>A duration in .NET's own format, without zeros at its end.</summary>
    public static string Duration(TimeSpan duration)
    {
        var text = duration.ToString("c", CultureInfo.InvariantCulture);
        return duration.Ticks % TimeSpan.TicksPerSecond == 0 ? text : text.TrimEnd('0');
    }
}
