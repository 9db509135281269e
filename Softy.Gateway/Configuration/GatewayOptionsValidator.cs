using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Gateway.Configuration;

/// <summary>Validates data annotations, and reports errors with the configuration key and its value.</summary>
internal sealed class GatewayOptionsValidator<[DynamicallyAccessedMembers(AnnotationValidator.Members)] TOptions>
    : IValidateOptions<TOptions>
    where TOptions : class, IGatewayOptions
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var errors = AnnotationValidator.Validate(options);
        return errors.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(errors.Select(error => Describe(options, error)));
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
