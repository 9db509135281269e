using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Tests.Documentation;

/// <summary>The values that a setting accepts, from its data annotations or else from its validation.</summary>
internal static partial class AllowedValues
{
    // No setting accepts a control character or a negative number.
    private const string WrongText = "\u0001";
    private const int WrongNumber = -1;

    /// <summary>Describes the values that a property accepts.</summary>
    /// <param name="root">The type that is bound to the section, and validated as a whole.</param>
    /// <param name="path">The properties that lead from that type to the setting.</param>
    /// <returns>
    /// The values as Markdown; <see langword="null"/> if neither annotations nor validation tell them.
    /// </returns>
    public static string? Of(Type root, IReadOnlyList<PropertyInfo> path)
    {
        var property = path[^1];
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            return Describe(range);
        }

        if (property.GetCustomAttribute<DurationAttribute>() is { } duration)
        {
            return $"`{Format(duration.Minimum)}` to `{Format(duration.Maximum)}`";
        }

        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
        {
            return string.Join(", ", allowed.Values.Select(value => $"`{value}`"));
        }

        return property.PropertyType == typeof(bool) ? "`true`, `false`" : AskValidation(root, path);
    }

    /// <summary>The accepted values according to an error message: the words after "must".</summary>
    public static string? FromMessage(string? message) =>
        message is not null && Must().Match(message) is { Success: true } match ? match.Groups["values"].Value : null;

    private static string Describe(RangeAttribute range)
    {
        var (least, most) = (Number(range.Minimum), Number(range.Maximum));
        return range.Maximum is long.MaxValue or int.MaxValue or double and >= (double)long.MaxValue
            ? $"`{least}` or more"
            : $"`{least}` to `{most}`";
    }

    private static string Number(object bound) => Convert.ToString(bound, CultureInfo.InvariantCulture)!;

    private static string Format(string duration) =>
        SettingsFormat.Duration(TimeSpan.Parse(duration, CultureInfo.InvariantCulture));

    /// <summary>Gives the setting a wrong value, and reads the error of the validation.</summary>
    private static string? AskValidation(Type root, IReadOnlyList<PropertyInfo> path)
    {
        var options = Activator.CreateInstance(root)!;
        var before = Validate(options);
        var owner = path.SkipLast(1).Aggregate(options, (parent, property) => property.GetValue(parent)!);
        var property = path[^1];
        switch (property.GetValue(owner))
        {
            case IDictionary entries:
                entries[property.PropertyType == typeof(Dictionary<string, int>) ? "name" : "0"] =
                    property.PropertyType == typeof(Dictionary<string, int>) ? WrongNumber : WrongText;
                break;
            default:
                property.SetValue(
                    owner,
                    property.PropertyType switch
                    {
                        var type when type == typeof(string) => WrongText,
                        var type when type == typeof(int[]) => new[] { WrongNumber },
                        var type when type == typeof(string[]) => new[] { WrongText },
                        var type => throw new NotSupportedException($"{root}.{property.Name} is of the type {type}."),
                    }
                );
                break;
        }

        return FromMessage(Validate(options).Except(before).FirstOrDefault());
    }

    private static List<string?> Validate(object options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return [.. results.Select(result => result.ErrorMessage)];
    }

    [GeneratedRegex(
        @"\bmust (be |hold |have )?(no other codes than )?(?<values>.*?)\.?$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Must();
}
