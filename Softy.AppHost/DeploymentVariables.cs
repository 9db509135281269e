using System.Globalization;
using System.Security.Cryptography;
using Aspire.Hosting.Docker;
using Microsoft.Extensions.Configuration;

namespace Softy.AppHost;

/// <summary>
/// What can be changed in a published deployment without publishing it again: the variables of its <c>.env</c>. Aspire
/// keeps what the file has, and writes new keys empty; here they get their values.
/// </summary>
internal sealed class DeploymentVariables(IConfiguration configuration, Settings settings)
{
    public const string GatewayPort = "${GATEWAY_PORT:-80}";
    public const string GatewayPolicy = "${GATEWAY_POLICY:-RoundRobin}";
    public const string Tag = "${SOFTY_TAG:-latest}";
    public const string Registry = "${REGISTRY:-127.0.0.1:5000}";
    public const string DashboardPort = "${DASHBOARD_PORT:-18888}";

    private const string Project = "COMPOSE_PROJECT_NAME";
    private const string Replicas = "API_REPLICAS";
    private const int SecretLength = 32;

    // Letters and digits alone: the same in a URL, a connection string, a shell and a compose file.
    private const string SecretCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private readonly Variable[] _variables =
    [
        new(Replicas, "How many replicas of the API run.", settings.Replicas.ToString(CultureInfo.InvariantCulture)),
        new(Project, "What Compose calls the deployment: its containers and volumes begin so.", "softy"),
        new("DASHBOARD_PORT", "Where on this machine the Aspire dashboard answers: docker compose --profile dashboard up -d", "18888"),
        new("GATEWAY_POLICY", $"How the gateway balances: {string.Join(", ", Settings.Policies)}.", settings.Policy),
        new("GATEWAY_PORT", "The port on which Softy answers.", configuration["Gateway:Port"] ?? "80"),
        new("POSTGRES_PASSWORD", "The password of PostgreSQL, which holds from the first start on.", Value: null),
        new("REDIS_PASSWORD", "The password of Redis.", Value: null),
        new("REGISTRY", "The registry that has Softy's images.", configuration["Deployment:Registry"] ?? "127.0.0.1:5000"),
        new("SOFTY_TAG", "The tag of Softy's images.", "latest"),
    ];

    private string _file = string.Empty;

    /// <summary>Takes note of the compose file, which says what variables there are.</summary>
    public void UsedIn(string composeFile) => _file = composeFile;

    /// <summary>Leaves in the file the keys that are used, each with words on what it is for.</summary>
    public void Describe(IDictionary<string, CapturedEnvironmentVariable> captured)
    {
        foreach (var unused in captured.Keys.Where(name => !IsUsed(name)).ToArray())
        {
            captured.Remove(unused);
        }

        foreach (var variable in _variables.Where(v => IsUsed(v.Name)))
        {
            captured[variable.Name] = new CapturedEnvironmentVariable
            {
                Name = variable.Name,
                Description = variable.Description,
                DefaultValue = variable.Value,
            };
        }
    }

    /// <summary>Gives every key a value; keeps those that it has, but for the secrets when they are to change.</summary>
    public async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        await ScaleByVariableAsync(Path.Combine(folder, "docker-compose.yaml"), cancellationToken);

        var path = Path.Combine(folder, ".env");
        var rotate = configuration.GetValue("Deployment:RotateSecrets", defaultValue: false);
        var lines = await File.ReadAllLinesAsync(path, cancellationToken);
        for (var i = 0; i < lines.Length; i++)
        {
            if (_variables.FirstOrDefault(v => lines[i].StartsWith($"{v.Name}=", StringComparison.Ordinal)) is { } variable
                && (lines[i].Length == variable.Name.Length + 1 || (rotate && variable.IsSecret)))
            {
                lines[i] = $"{variable.Name}={variable.Value ?? RandomNumberGenerator.GetString(SecretCharacters, SecretLength)}";
            }
        }

        await WritePrivateAsync(path, lines, cancellationToken);
    }

    // The number of replicas becomes a variable after that; the project's name is for Compose, not for the file.
    private bool IsUsed(string name) =>
        name == Replicas
        || (name == Project && settings.Target == DeploymentTarget.Compose)
        || _file.Contains($"${{{name}}}", StringComparison.Ordinal) || _file.Contains($"${{{name}:", StringComparison.Ordinal);

    // Aspire's model takes a number only.
    private async Task ScaleByVariableAsync(string path, CancellationToken cancellationToken)
    {
        var count = settings.Replicas.ToString(CultureInfo.InvariantCulture);
        var file = await File.ReadAllTextAsync(path, cancellationToken);
        await File.WriteAllTextAsync(
            path, file.Replace($"replicas: {count}\n", $"replicas: ${{{Replicas}:-{count}}}\n", StringComparison.Ordinal), cancellationToken);
    }

    // The secrets are never in a file that others may read, not even for a moment, and never lost half-way.
    private static async Task WritePrivateAsync(string path, string[] lines, CancellationToken cancellationToken)
    {
        var draft = path + ".draft";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using (var writer = new StreamWriter(draft, options))
        {
            foreach (var line in lines)
            {
                await writer.WriteAsync($"{line}\n".AsMemory(), cancellationToken);
            }
        }

        File.Move(draft, path, overwrite: true);
    }

    private sealed record Variable(string Name, string Description, string? Value)
    {
        public bool IsSecret => Value is null;
    }
}
