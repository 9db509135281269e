using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Softy.AppHost.Stores;

namespace Softy.AppHost;

/// <summary>What a user can choose, as ordinary configuration: <c>--Replicas=5</c> or <c>Replicas=5</c> in the environment.</summary>
/// <param name="Replicas">
/// <c>Replicas</c>: How many replicas of the API start with the application. For a deployment it is the first value of
/// <c>API_REPLICAS</c>.
/// </param>
/// <param name="MaxReplicas">
/// <c>MaxReplicas</c>: How many replicas of the API there are in all: at least <c>Replicas</c>, and two more than that
/// by default. Those beyond <c>Replicas</c> are started from the dashboard. It has no effect on a deployment.
/// </param>
/// <param name="GatewayPort">
/// <c>Gateway:Port</c>: The TCP port on which the gateway listens; 0 takes any free one. When another program has the
/// port, the start ends with an error that names it. For a deployment it is the first value of <c>GATEWAY_PORT</c>,
/// which is 80 where no port is configured.
/// </param>
/// <param name="GatewayHttpsPort">
/// <c>Gateway:HttpsPort</c>: The TCP port on which the gateway listens for HTTPS too, where this machine has a developer
/// certificate that it trusts; 0 takes any free one. It has no effect on a deployment, whose port is
/// <c>GATEWAY_HTTPS_PORT</c>.
/// </param>
/// <param name="Policy">
/// <c>Gateway:Policy</c>: How the gateway chooses a replica for each request. For a deployment it is the first value of
/// <c>GATEWAY_POLICY</c>.
/// </param>
/// <param name="Volumes">
/// <c>Volumes</c>: What the names of the data volumes begin with: <c>softy</c> gives <c>softy-postgres</c> and
/// <c>softy-redis</c>. With <c>none</c> there are no volumes, and the data is deleted when the application stops.
/// </param>
/// <param name="Stores">
/// <c>Stores</c>: What PostgreSQL and Redis run as in run mode: <c>Container</c> needs a container runtime,
/// <c>Process</c> runs the programs that this machine has, and <c>Auto</c> takes containers where a container runtime
/// answers. A deployment always has containers.
/// </param>
/// <param name="Target">
/// <c>Deployment:Target</c>: What is published: a deployment for one machine, or for several with Docker Swarm. It has
/// no effect in run mode.
/// </param>
internal sealed record AppHostOptions(
    int Replicas,
    int MaxReplicas,
    int? GatewayPort,
    int? GatewayHttpsPort,
    string Policy,
    string? Volumes,
    StoreMode Stores,
    DeploymentTarget Target
)
{
    private const int ReplicaLimit = 100;
    private const string NoVolumes = "none";

    /// <summary>The names of the policies; the first is the default.</summary>
    public static readonly string[] Policies =
    [
        "RoundRobin",
        "LeastRequests",
        "PowerOfTwoChoices",
        "Random",
        "First",
        "WeightedRoundRobin",
    ];

    /// <summary>Reads the settings.</summary>
    /// <param name="configuration">Where they are.</param>
    /// <param name="options">The settings, where all of them are right.</param>
    /// <param name="error">What is wrong with the first that is not.</param>
    /// <returns>Whether all of them are right.</returns>
    public static bool TryRead(
        IConfiguration configuration,
        [NotNullWhen(true)] out AppHostOptions? options,
        [NotNullWhen(false)] out string? error
    )
    {
        options = null;
        if (
            !TryReadNumber(configuration, "Replicas", 3, 1, ReplicaLimit, out var replicas, out error)
            || !TryReadNumber(
                configuration,
                "MaxReplicas",
                Math.Min(replicas + 2, ReplicaLimit),
                replicas,
                ReplicaLimit,
                out var maxReplicas,
                out error
            )
            || !TryReadNumber(configuration, "Gateway:Port", 8080, 0, 65_535, out var port, out error)
            || !TryReadNumber(configuration, "Gateway:HttpsPort", 8443, 0, 65_535, out var httpsPort, out error)
        )
        {
            return false;
        }

        var policy = configuration["Gateway:Policy"] ?? Policies[0];
        if (Policies.FirstOrDefault(p => string.Equals(p, policy, StringComparison.OrdinalIgnoreCase)) is not { } known)
        {
            error = $"Gateway:Policy is '{policy}'; it must be one of {string.Join(", ", Policies)}.";
            return false;
        }

        var volumes = configuration["Volumes"] ?? "softy";
        if (volumes.Length == 0 || volumes.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not '-' and not '_'))
        {
            error =
                $"Volumes is '{volumes}'; it must be of letters, digits, '-' and '_', or '{NoVolumes}' to keep no data.";
            return false;
        }

        if (
            !TryReadEnum(configuration, "Stores", StoreMode.Auto, out var stores, out error)
            || !TryReadEnum(configuration, "Deployment:Target", DeploymentTarget.Compose, out var target, out error)
        )
        {
            return false;
        }

        // Tests of an application want free ports; an endpoint without a proxy has to be told.
        var useFreePorts = configuration.GetValue("DcpPublisher:RandomizePorts", defaultValue: false);
        options = new AppHostOptions(
            replicas,
            maxReplicas,
            useFreePorts || port == 0 ? null : port,
            useFreePorts || httpsPort == 0 ? null : httpsPort,
            known,
            volumes == NoVolumes ? null : volumes,
            stores,
            target
        );
        return true;
    }

    private static bool TryReadEnum<TEnum>(
        IConfiguration configuration,
        string key,
        TEnum defaultValue,
        out TEnum value,
        [NotNullWhen(false)] out string? error
    )
        where TEnum : struct, Enum
    {
        error = null;
        value = defaultValue;
        if (configuration[key] is not { } text)
        {
            return true;
        }

        // Enum.TryParse would take numbers, too.
        var names = Enum.GetNames<TEnum>();
        if (names.FirstOrDefault(name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) is { } known)
        {
            value = Enum.Parse<TEnum>(known);
            return true;
        }

        error = $"{key} is '{text}'; it must be one of {string.Join(", ", names)}.";
        return false;
    }

    private static bool TryReadNumber(
        IConfiguration configuration,
        string key,
        int defaultValue,
        int minimum,
        int maximum,
        out int number,
        [NotNullWhen(false)] out string? error
    )
    {
        error = null;
        number = defaultValue;
        if (
            configuration[key] is not { } text
            || (
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
                && number >= minimum
                && number <= maximum
            )
        )
        {
            return true;
        }

        error = $"{key} is '{text}'; it must be a whole number from {minimum} to {maximum}.";
        return false;
    }
}
