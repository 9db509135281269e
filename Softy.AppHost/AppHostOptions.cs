using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Softy.AppHost.Dashboard;
using Softy.AppHost.Running;
using Softy.AppHost.Stores;

namespace Softy.AppHost;

/// <summary>
/// The options of the application, from .NET configuration: <c>--Replicas=5</c> as an argument or <c>Replicas=5</c> in
/// the environment.
/// </summary>
/// <param name="Replicas">
/// <c>Replicas</c>: How many replicas of the API start with the application. In a deployment, this is the initial value
/// of <c>API_REPLICAS</c>.
/// </param>
/// <param name="MaxReplicas">
/// <c>MaxReplicas</c>: The total number of replicas of the API. It is at least <c>Replicas</c>, and by default two
/// more. Those beyond <c>Replicas</c> are started from the dashboard. It has no effect on a deployment.
/// </param>
/// <param name="GatewayPort">
/// <c>Gateway:Port</c>: The TCP port of the gateway; 0 uses any free port. If another program uses the port, the start
/// fails with an error that names the program. In a deployment, this is the initial value of <c>GATEWAY_PORT</c>, which
/// is 80 if no port is configured.
/// </param>
/// <param name="GatewayHttpsPort">
/// <c>Gateway:HttpsPort</c>: The TCP port of the gateway for HTTPS, which is available if this machine has a trusted
/// developer certificate; 0 uses any free port. It has no effect on a deployment, whose port is
/// <c>GATEWAY_HTTPS_PORT</c>.
/// </param>
/// <param name="Policy">
/// <c>Gateway:Policy</c>: How the gateway chooses a replica for each request. In a deployment, this is the initial
/// value of <c>GATEWAY_POLICY</c>.
/// </param>
/// <param name="Volumes">
/// <c>Volumes</c>: The prefix of the data volumes' names: <c>softy</c> gives <c>softy-postgres</c> and
/// <c>softy-redis</c>. With <c>none</c> there are no volumes, and the data is deleted when the application stops.
/// </param>
/// <param name="Stores">
/// <c>Stores</c>: How PostgreSQL and Redis run in run mode: <c>Container</c> needs a container runtime, <c>Process</c>
/// uses programs that are installed on this machine, and <c>Auto</c> uses containers if a container runtime is running.
/// A deployment always uses containers.
/// </param>
/// <param name="Programs">
/// <c>Programs</c>: The folder of the services' programs to start in run mode instead of those that were built with the
/// AppHost, such as native ones: <c>Softy.Api/Softy.Api</c>, <c>Softy.Gateway/Softy.Gateway</c> and
/// <c>Softy.Web/Softy.Web</c>. It has no effect on a deployment.
/// </param>
/// <param name="Target">
/// <c>Deployment:Target</c>: The kind of deployment to publish: for one machine, or for several with Docker Swarm. It
/// has no effect in run mode.
/// </param>
/// <param name="RotateSecrets">
/// <c>Deployment:RotateSecrets</c>: Whether publishing into a folder that already has an <c>.env</c> replaces its
/// passwords. By default they are kept.
/// </param>
internal sealed record AppHostOptions(
    int Replicas,
    int MaxReplicas,
    int? GatewayPort,
    int? GatewayHttpsPort,
    string Policy,
    string? Volumes,
    StoreMode Stores,
    string? Programs,
    DeploymentTarget Target,
    bool RotateSecrets
)
{
    private const int ReplicaLimit = 100;
    private const string NoVolumes = "none";

    /// <summary>The names of the balancing policies. The first one is the default.</summary>
    public static readonly string[] Policies =
    [
        "RoundRobin",
        "LeastRequests",
        "PowerOfTwoChoices",
        "Random",
        "First",
        "WeightedRoundRobin",
    ];

    /// <summary>Reads and validates the options.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="options">The options, if all of them are valid.</param>
    /// <param name="error">The error of the first invalid option.</param>
    /// <returns>Whether all options are valid.</returns>
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
                $"Volumes is '{volumes}'; it must be of letters, digits, '-' and '_', "
                + $"or '{NoVolumes}' to keep no data.";
            return false;
        }

        if (
            !TryReadEnum(configuration, "Stores", StoreMode.Auto, out var stores, out error)
            || !TryReadEnum(configuration, "Deployment:Target", DeploymentTarget.Compose, out var target, out error)
            || !TryReadBoolean(configuration, "Deployment:RotateSecrets", out var rotateSecrets, out error)
            || !TryReadBoolean(configuration, DashboardSwitch.EnabledKey, out _, out error)
        )
        {
            return false;
        }

        if (!TryReadPrograms(configuration, out var programs, out error))
        {
            return false;
        }

        // Aspire.Hosting.Testing asks for random ports, but Aspire applies that only to endpoints with a proxy.
        var useFreePorts = configuration.GetValue("DcpPublisher:RandomizePorts", defaultValue: false);
        options = new AppHostOptions(
            replicas,
            maxReplicas,
            useFreePorts || port == 0 ? null : port,
            useFreePorts || httpsPort == 0 ? null : httpsPort,
            known,
            volumes == NoVolumes ? null : volumes,
            stores,
            programs,
            target,
            rotateSecrets
        );
        return true;
    }

    private static bool TryReadPrograms(
        IConfiguration configuration,
        out string? folder,
        [NotNullWhen(false)] out string? error
    )
    {
        error = null;
        folder = ServicePrograms.ReadFolder(configuration);
        if (folder is null || ServicePrograms.FindMissing(folder) is not { } missing)
        {
            return true;
        }

        error =
            $"{ServicePrograms.Key} is '{configuration[ServicePrograms.Key]}'; it must be a folder that has {missing}.";
        return false;
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

        // Enum.TryParse would also accept numbers.
        var names = Enum.GetNames<TEnum>();
        if (names.FirstOrDefault(name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) is { } known)
        {
            value = Enum.Parse<TEnum>(known);
            return true;
        }

        error = $"{key} is '{text}'; it must be one of {string.Join(", ", names)}.";
        return false;
    }

    private static bool TryReadBoolean(
        IConfiguration configuration,
        string key,
        out bool value,
        [NotNullWhen(false)] out string? error
    )
    {
        error = null;
        value = false;
        if (configuration[key] is not { } text || bool.TryParse(text, out value))
        {
            return true;
        }

        error = $"{key} is '{text}'; it must be one of true, false.";
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
