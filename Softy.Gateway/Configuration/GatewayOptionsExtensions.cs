using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Gateway.Configuration;

internal static class GatewayOptionsExtensions
{
    /// <summary>
    /// Binds options to their section, validates them at startup, and reloads them when the configuration changes.
    /// </summary>
    public static IServiceCollection AddGatewayOptions<
        [DynamicallyAccessedMembers(AnnotationValidator.Members)] TOptions
    >(this IServiceCollection services)
        where TOptions : class, IGatewayOptions
    {
        services.AddSingleton<IValidateOptions<TOptions>, GatewayOptionsValidator<TOptions>>();
        services
            .AddOptions<TOptions>()
            .Configure<IConfiguration>(
                static (options, configuration) =>
                    configuration.BindSettings(
                        TOptions.Section,
                        options,
                        static (section, options) => options.Bind(section)
                    )
            );
        services.AddSingleton<LiveOptions<TOptions>>();
        services.AddSingleton(
            new StartupCheck(static provider => provider.GetRequiredService<LiveOptions<TOptions>>())
        );
        services.AddSingleton(new OptionsSection(TOptions.Section, typeof(TOptions), TOptions.GetParts()));
        return services;
    }

    /// <summary>
    /// Validates all options before the host starts. The host would log validation errors with a stack trace.
    /// </summary>
    /// <exception cref="AggregateException">Some options are invalid.</exception>
    public static void ValidateGatewayOptions(this WebApplication app)
    {
        var failures = new List<Exception>();
        var unknown = new KnownKeys(app.Services.GetServices<OptionsSection>()).FindUnknown(app.Configuration).ToList();
        if (unknown.Count > 0)
        {
            failures.Add(new OptionsValidationException(Options.DefaultName, typeof(KnownKeys), unknown));
        }

        foreach (var check in app.Services.GetServices<StartupCheck>())
        {
            try
            {
                check.Run(app.Services);
            }
            catch (OptionsValidationException exception)
            {
                failures.Add(exception);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }
    }

    // ValidateOnStart would create an IOptionsMonitor, which throws on every invalid reload.
    private sealed record StartupCheck(Action<IServiceProvider> Run);
}
