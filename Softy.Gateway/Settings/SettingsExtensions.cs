using Microsoft.Extensions.Options;

namespace Softy.Gateway.Settings;

internal static class SettingsExtensions
{
    /// <summary>Binds one concern's settings, validated at start and reloaded while running.</summary>
    public static IServiceCollection AddSettings<TSettings>(this IServiceCollection services)
        where TSettings : class, ISettings
    {
        services.AddSingleton<IValidateOptions<TSettings>, SettingsValidator<TSettings>>();
        services.AddOptions<TSettings>().BindConfiguration(TSettings.Section);
        services.AddSingleton<LiveSettings<TSettings>>();
        services.AddSingleton(
            new StartupCheck(static provider => provider.GetRequiredService<LiveSettings<TSettings>>())
        );
        services.AddSingleton(new SettingsSection(TSettings.Section, typeof(TSettings)));
        return services;
    }

    /// <summary>
    /// Checks all settings at once, before the host would start and log what is wrong with a stack trace.
    /// </summary>
    /// <exception cref="AggregateException">Some settings are not valid.</exception>
    public static void ValidateSettings(this WebApplication app)
    {
        var failures = new List<Exception>();
        var unknown = new KnownKeys(app.Services.GetServices<SettingsSection>()).Check(app.Configuration).ToList();
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
