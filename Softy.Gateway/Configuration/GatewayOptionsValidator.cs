using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Softy.Gateway.Configuration;

/// <summary>Validates data annotations, and reports errors with the configuration key and its value.</summary>
internal sealed class GatewayOptionsValidator<TOptions> : IValidateOptions<TOptions>
    where TOptions : class, IGatewayOptions
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var results = new List<ValidationResult>();
        if (Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true))
        {
            return ValidateOptionsResult.Success;
        }

        return ValidateOptionsResult.Fail(results.Select(result => Describe(options, result)));
    }

    private static string Describe(TOptions options, ValidationResult result)
    {
        var member = result.MemberNames.FirstOrDefault();
        if (member is null)
        {
            return $"{TOptions.Section}:{result.ErrorMessage}";
        }

        var value = typeof(TOptions).GetProperty(member)?.GetValue(options);
        return value is null or System.Collections.IEnumerable and not string
            ? $"{TOptions.Section}:{member} {result.ErrorMessage}"
            : $"{TOptions.Section}:{member} is '{value}'; it {result.ErrorMessage}";
    }
}
