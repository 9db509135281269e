using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Softy.ServiceDefaults.Configuration;

/// <summary>
/// Limits a <see cref="TimeSpan"/>. A <see cref="RangeAttribute"/> would find the converter of the type by reflection,
/// which native programs do not support.
/// </summary>
/// <param name="minimum">The shortest duration, in .NET's constant format.</param>
/// <param name="maximum">The longest duration, in the same format.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DurationAttribute(string minimum, string maximum) : ValidationAttribute
{
    /// <summary>The shortest duration.</summary>
    public string Minimum => minimum;

    /// <summary>The longest duration.</summary>
    public string Maximum => maximum;

    /// <inheritdoc />
    public override bool IsValid(object? value) =>
        value is TimeSpan duration && duration >= Parse(minimum) && duration <= Parse(maximum);

    private static TimeSpan Parse(string text) => TimeSpan.ParseExact(text, "c", CultureInfo.InvariantCulture);
}
