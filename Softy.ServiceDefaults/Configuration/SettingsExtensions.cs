using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Softy.ServiceDefaults.Configuration;

/// <summary>
/// Binds options to the configuration, without reflection: .NET generates the code for each call of <c>Bind</c> whose
/// argument has a type that is known there. Behind a type parameter it binds by reflection, and in a native program it
/// binds nothing and reports nothing.
/// </summary>
public static class SettingsExtensions
{
    /// <summary>Binds options to a section, validates them at startup, and follows changes of the section.</summary>
    /// <typeparam name="TOptions">The type of the options.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="section">The configuration section.</param>
    /// <param name="bind">Calls <c>section.Bind(options)</c>.</param>
    /// <returns>The options, for further configuration.</returns>
    public static OptionsBuilder<TOptions> AddSettings<
        [DynamicallyAccessedMembers(AnnotationValidator.Members)] TOptions
    >(this IServiceCollection services, string section, Action<IConfigurationSection, TOptions> bind)
        where TOptions : class
    {
        services.AddSingleton<IValidateOptions<TOptions>, AnnotationValidator<TOptions>>();
        services.AddSingleton<IOptionsChangeTokenSource<TOptions>>(
            provider => new ConfigurationChangeTokenSource<TOptions>(provider.GetRequiredService<IConfiguration>())
        );
        return services
            .AddOptions<TOptions>()
            .Configure<IConfiguration>((options, configuration) => configuration.BindSettings(section, options, bind))
            .ValidateOnStart();
    }

    /// <summary>Binds options to a section.</summary>
    /// <typeparam name="TOptions">The type of the options.</typeparam>
    /// <param name="configuration">The configuration.</param>
    /// <param name="section">The section.</param>
    /// <param name="options">The options.</param>
    /// <param name="bind">Calls <c>section.Bind(options)</c>.</param>
    /// <exception cref="OptionsValidationException">A value has the wrong type; the message names its key.</exception>
    public static void BindSettings<TOptions>(
        this IConfiguration configuration,
        string section,
        TOptions options,
        Action<IConfigurationSection, TOptions> bind
    )
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(bind);

        try
        {
            bind(configuration.GetSection(section), options);
        }
        catch (InvalidOperationException exception)
        {
            throw new OptionsValidationException(section, typeof(TOptions), [exception.Message]);
        }
    }
}
