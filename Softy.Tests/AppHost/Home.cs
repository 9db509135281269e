namespace Softy.Tests.AppHost;

/// <summary>A home of its own for an AppHost, so that it finds and keeps no secrets in the user's.</summary>
internal sealed class Home : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("softy-home-");

    /// <summary>The file with the AppHost's secrets.</summary>
    public string Secrets => Path.Combine(_folder.FullName, ".microsoft", "usersecrets", "softy-apphost", "secrets.json");

    /// <summary>The environment variables that make it the home.</summary>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["HOME"] = _folder.FullName,
        ["DOTNET_USER_SECRETS_FALLBACK_DIR"] = string.Empty,
    };

    public void DeleteSecrets() => File.Delete(Secrets);

    public void Dispose() => _folder.Delete(recursive: true);
}
