using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace Softy.ServiceDefaults.Configuration;

/// <summary>
/// Validates data annotations like <see cref="Validator.TryValidateObject(object, ValidationContext,
/// ICollection{ValidationResult}, bool)"/>, which does not tell the compiler of native programs what it reads.
/// </summary>
public static class AnnotationValidator
{
    /// <summary>What has to remain of an options class in a native program.</summary>
    public const DynamicallyAccessedMemberTypes Members =
        DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicParameterlessConstructor;

    /// <summary>Validates the properties, and if they are valid, the options as a whole.</summary>
    /// <typeparam name="TOptions">The type of the options.</typeparam>
    /// <param name="options">The options.</param>
    /// <returns>The errors.</returns>
    public static IReadOnlyList<ValidationResult> Validate<[DynamicallyAccessedMembers(Members)] TOptions>(
        TOptions options
    )
        where TOptions : class
    {
        var errors = new List<ValidationResult>();
        foreach (var property in typeof(TOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var annotations = property.GetCustomAttributes<ValidationAttribute>().ToList();
            if (annotations.Count > 0)
            {
                var context = new ValidationContext(options, property.Name, null, null) { MemberName = property.Name };
                Validator.TryValidateValue(property.GetValue(options)!, context, errors, annotations);
            }
        }

        return errors.Count == 0 && options is IValidatableObject whole
            ? [.. whole.Validate(new ValidationContext(options, typeof(TOptions).Name, null, null))]
            : errors;
    }
}

/// <summary>Reports the errors of data annotations, which name the configuration key.</summary>
internal sealed class AnnotationValidator<[DynamicallyAccessedMembers(AnnotationValidator.Members)] TOptions>
    : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options) =>
        AnnotationValidator.Validate(options) is { Count: > 0 } errors
            ? ValidateOptionsResult.Fail(errors.Select(error => error.ErrorMessage!))
            : ValidateOptionsResult.Success;
}
