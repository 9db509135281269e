using Aspire.Hosting.Parameters;

namespace Aspire.Hosting;

/// <summary>Adds parameters. Stands for Aspire's class of that name.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds a parameter whose value is the configuration value <c>Parameters:name</c>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name.</param>
    /// <param name="secret">Whether the value must not be shown.</param>
    /// <returns>The parameter.</returns>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        builder.AddResource(new ParameterResource(
            name,
            () => builder.Configuration[ConfigurationKey(name)]
                ?? throw new DistributedApplicationException(
                    $"The parameter '{name}' has no value. Set the configuration value '{ConfigurationKey(name)}', for "
                    + $"example by the environment variable {ConfigurationKey(name).Replace(":", "__", StringComparison.Ordinal)}."),
            secret));

    /// <summary>Adds a parameter with a value.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    /// <param name="publishValueAsDefault">Whether files of a deployment may hold the value.</param>
    /// <param name="secret">Whether the value must not be shown.</param>
    /// <returns>The parameter.</returns>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        string value,
        bool publishValueAsDefault = false,
        bool secret = false)
    {
        if (publishValueAsDefault && secret)
        {
            throw new ArgumentException("A parameter cannot be both secret and published.", nameof(secret));
        }

        return builder.AddResource(new ParameterResource(name, () => value, secret));
    }

    /// <summary>A password, made once and kept with the user secrets of the AppHost.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name.</param>
    /// <param name="special">Whether it may have special characters.</param>
    /// <returns>The parameter.</returns>
    public static ParameterResource CreateDefaultPasswordParameter(
        IDistributedApplicationBuilder builder, string name, bool special = true) =>
        new(
            name,
            () => builder.Configuration[ConfigurationKey(name)]
                ?? new GeneratedSecrets(builder.AppHostAssembly).GetOrAdd(ConfigurationKey(name), special),
            secret: true);

    private static string ConfigurationKey(string name) => $"Parameters:{name}";
}
