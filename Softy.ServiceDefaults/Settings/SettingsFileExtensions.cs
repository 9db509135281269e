using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Softy.ServiceDefaults.Startup;

namespace Softy.ServiceDefaults.Settings;

/// <summary>Adds a settings file that a running service reloads.</summary>
public static class SettingsFileExtensions
{
    /// <summary>
    /// The path of a JSON file with settings that can change while the service runs; relative to the service's folder.
    /// The file need not exist, but its folder must. While the file cannot be read as JSON, the settings stay as they
    /// were.
    /// </summary>
    /// <value>text; not set; a path whose folder exists</value>
    public const string Key = "Settings:File";

    /// <summary>
    /// Reads the JSON file that <see cref="Key"/> names, and reloads it when it changes. It overrides all other
    /// sources, environment variables included, because those cannot change while the service runs. The file need not
    /// exist. While it cannot be read as JSON, the settings stay as they were.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="StartupException">
    /// The folder of the file does not exist, or the file is not valid JSON at the start.
    /// </exception>
    public static TBuilder AddSettingsFile<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        if (builder.Configuration[Key] is not { Length: > 0 } file)
        {
            return builder;
        }

        var path = Path.GetFullPath(file, builder.Environment.ContentRootPath);
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            throw new StartupException(
                $"{Key} is '{file}', but the folder {folder} does not exist. Create it, or remove the setting."
            );
        }

        try
        {
            builder.Configuration.Add(
                new SettingsFileSource
                {
                    FileProvider = new PhysicalFileProvider(folder),
                    Path = Path.GetFileName(path),
                    Optional = true,
                    ReloadOnChange = true,
                }
            );
        }
        catch (InvalidDataException exception)
        {
            throw new StartupException($"{Key}: {path} cannot be read as JSON: {exception.GetBaseException().Message}");
        }

        return builder;
    }

    private sealed class SettingsFileSource : JsonConfigurationSource
    {
        public override IConfigurationProvider Build(IConfigurationBuilder builder) => new SettingsFileProvider(this);
    }

    private sealed class SettingsFileProvider(SettingsFileSource source) : JsonConfigurationProvider(source)
    {
        private bool _isLoaded;

        public override void Load(Stream stream)
        {
            try
            {
                base.Load(stream);
                _isLoaded = true;
            }
            catch (FormatException exception) when (_isLoaded)
            {
                // The file may be half-written. There is no logger while the configuration is built.
                Console.Error.WriteLine(
                    $"{Key}: the file cannot be read as JSON and is ignored until it can: {exception.Message}"
                );
            }
        }
    }
}
