namespace Softy.Tests.AppHost;

/// <summary>A separate home folder for an AppHost, so that it does not use the user's secrets.</summary>
internal sealed class Home : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("softy-home-");

    /// <summary>The file with the AppHost's secrets.</summary>
    public string Secrets => SecretsIn(_folder.FullName);

    /// <summary>The environment variables that apply it to a process.</summary>
    public (string Name, string Value)[] Variables =>
        [("HOME", _folder.FullName), ("DOTNET_USER_SECRETS_FALLBACK_DIR", string.Empty)];

    /// <summary>The file with the secrets in a given home folder.</summary>
    public static string SecretsIn(string home) =>
        Path.Combine(home, ".microsoft", "usersecrets", "softy-apphost", "secrets.json");

    public void DeleteSecrets() => File.Delete(Secrets);

    public void Dispose() => _folder.Delete(recursive: true);
}
