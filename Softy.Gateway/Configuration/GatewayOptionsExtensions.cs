using Microsoft.Extensions.Options;

namespace Softy.Gateway.Configuration;

internal static class GatewayOptionsExtensions
{
    /// <summary>Binds one concern's settings, validated at start and reloaded while running.</summary>
    public static IServiceCollection AddGatewayOptions<TOptions>(this IServiceCollection services)
        where TOptions : class, IGatewayOptions
    {
        services.AddSingleton<IValidateOptions<TOptions>, GatewayOptionsValidator<TOptions>>();
        services.AddOptions<TOptions>().BindConfiguration(TOptions.Section);
        services.AddSingleton<LiveOptions<TOptions>>();
        services.AddSingleton(
            new StartupCheck(static provider => provider.GetRequiredService<LiveOptions<TOptions>>())
        );
        services.AddSingleton(new OptionsSection(TOptions.Section, typeof(TOptions)));
        return services;
    }

    /// <summary>
    /// Checks all settings at once, before the host would start and log what is wrong with a stack trace.
    /// </summary>
    /// <exception cref="AggregateException">Some settings are not valid.</exception>
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
            catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException)
            {
                failures.Add(exception);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }
    }

    // The framework's own validation at start would leave an options monitor behind, which throws at every wrong
    // reload.
    private sealed record StartupCheck(Action<IServiceProvider> Run);
}
