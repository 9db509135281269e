using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Softy.AppHost;

/// <summary>What a user can choose, as ordinary configuration: <c>--Replicas=5</c> or <c>Replicas=5</c> in the environment.</summary>
/// <param name="Replicas"><c>Replicas</c>: how many API replicas run, 1 to 100.</param>
/// <param name="GatewayPort"><c>Gateway:Port</c>: where the gateway listens.</param>
/// <param name="Policy"><c>Gateway:Policy</c>: how the gateway chooses a replica.</param>
/// <param name="Volumes"><c>Volumes</c>: what the names of the data volumes begin with; null keeps no data.</param>
/// <param name="Target"><c>Deployment:Target</c>: what a published deployment is for.</param>
internal sealed record Settings(int Replicas, int GatewayPort, string Policy, string? Volumes, DeploymentTarget Target)
{
    private const string NoVolumes = "none";

    /// <summary>The names of the policies; the first is the default.</summary>
    public static readonly string[] Policies =
        ["RoundRobin", "LeastRequests", "PowerOfTwoChoices", "Random", "First", "WeightedRoundRobin"];

    /// <summary>Reads the settings.</summary>
    /// <param name="configuration">Where they are.</param>
    /// <param name="settings">The settings, where all of them are right.</param>
    /// <param name="error">What is wrong with the first that is not.</param>
    /// <returns>Whether all of them are right.</returns>
    public static bool TryRead(
        IConfiguration configuration,
        [NotNullWhen(true)] out Settings? settings,
        [NotNullWhen(false)] out string? error)
    {
        settings = null;
        if (!TryReadNumber(configuration, "Replicas", 3, 1, 100, out var replicas, out error)
            || !TryReadNumber(configuration, "Gateway:Port", 8080, 1, 65_535, out var port, out error))
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
            error = $"Volumes is '{volumes}'; it must be of letters, digits, '-' and '_', or '{NoVolumes}' to keep no data.";
            return false;
        }

        var target = configuration["Deployment:Target"] ?? nameof(DeploymentTarget.Compose);
        if (!Enum.TryParse<DeploymentTarget>(target, ignoreCase: true, out var deployment) || !Enum.IsDefined(deployment) || int.TryParse(target, CultureInfo.InvariantCulture, out _))
        {
            error = $"Deployment:Target is '{target}'; it must be one of {string.Join(", ", Enum.GetNames<DeploymentTarget>())}.";
            return false;
        }

        settings = new Settings(replicas, port, known, volumes == NoVolumes ? null : volumes, deployment);
        return true;
    }

    private static bool TryReadNumber(
        IConfiguration configuration,
        string key,
        int byDefault,
        int least,
        int most,
        out int number,
        [NotNullWhen(false)] out string? error)
    {
        error = null;
        number = byDefault;
        if (configuration[key] is not { } text
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
                && number >= least && number <= most))
        {
            return true;
        }

        error = $"{key} is '{text}'; it must be a whole number from {least} to {most}.";
        return false;
    }
}
