using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire;

/// <summary>How every client integration of Aspire finds its settings.</summary>
internal static class ClientSettings
{
    /// <summary>Reads settings: the section, the connection's own part of it, the connection string, the callback; the later wins.</summary>
    public static TSettings Read<TSettings>(
        IHostApplicationBuilder builder,
        string sectionName,
        string connectionName,
        Action<TSettings, string> setConnectionString,
        Action<TSettings>? configure)
        where TSettings : new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);

        var settings = new TSettings();
        var section = builder.Configuration.GetSection(sectionName);
        section.Bind(settings);
        section.GetSection(connectionName).Bind(settings);
        if (builder.Configuration.GetConnectionString(connectionName) is { } connectionString)
        {
            setConnectionString(settings, connectionString);
        }

        configure?.Invoke(settings);
        return settings;
    }
}
