namespace Softy.Tests.AppHost;

/// <summary>A home of its own for an AppHost, so that it finds and keeps no secrets in the user's.</summary>
internal sealed class Home : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("softy-home-");

    /// <summary>The file with the AppHost's secrets.</summary>
    public string Secrets => SecretsIn(_folder.FullName);

    /// <summary>The environment variables that make it the home.</summary>
    public (string Name, string Value)[] Variables =>
        [("HOME", _folder.FullName), ("DOTNET_USER_SECRETS_FALLBACK_DIR", string.Empty)];

    /// <summary>The same file in any home.</summary>
    public static string SecretsIn(string home) =>
        Path.Combine(home, ".microsoft", "usersecrets", "softy-apphost", "secrets.json");

    public void DeleteSecrets() => File.Delete(Secrets);

    public void Dispose() => _folder.Delete(recursive: true);
}
