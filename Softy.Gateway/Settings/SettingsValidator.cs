using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Softy.Gateway.Settings;

/// <summary>Checks data annotations, and says what is wrong by configuration key and value.</summary>
internal sealed class SettingsValidator<TSettings> : IValidateOptions<TSettings>
    where TSettings : class, ISettings
{
    public ValidateOptionsResult Validate(string? name, TSettings options)
    {
        var results = new List<ValidationResult>();
        if (Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true))
        {
            return ValidateOptionsResult.Success;
        }

        return ValidateOptionsResult.Fail(results.Select(result => Describe(options, result)));
    }

    private static string Describe(TSettings options, ValidationResult result)
    {
        var member = result.MemberNames.FirstOrDefault();
        if (member is null)
        {
            return $"{TSettings.Section}:{result.ErrorMessage}";
        }

        var value = typeof(TSettings).GetProperty(member)?.GetValue(options);
        return value is null or System.Collections.IEnumerable and not string
            ? $"{TSettings.Section}:{member} {result.ErrorMessage}"
            : $"{TSettings.Section}:{member} is '{value}'; it {result.ErrorMessage}";
    }
}
