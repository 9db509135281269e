using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting.Parameters;

/// <summary>
/// Passwords that nobody chose. They are kept with the user secrets of the AppHost, where Aspire keeps them, so that a
/// data volume still opens at the next start; an AppHost without user secrets gets new ones at every start.
/// </summary>
internal sealed class GeneratedSecrets(Assembly? appHost)
{
    private const int Length = 22;
    private const string Plain = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ0123456789";
    private const string Special = "-_.{}~()*+!";

    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    public string GetOrAdd(string key, bool special)
    {
        var secret = RandomNumberGenerator.GetString(special ? Plain + Special : Plain, Length);
        if (appHost?.GetCustomAttribute<UserSecretsIdAttribute>() is not { } secrets)
        {
            return secret;
        }

        var path = PathHelper.GetSecretsPathFromSecretsId(secrets.UserSecretsId);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);

        // Another AppHost, such as that of a test run, may be at the same place at the same time.
        using var fileLock = WaitForLock(path + ".lock");
        var values = File.Exists(path) && new FileInfo(path).Length > 0
            ? JsonNode.Parse(File.ReadAllText(path))!.AsObject()
            : [];
        if (values[key]?.GetValue<string>() is { } known)
        {
            return known;
        }

        values[key] = secret;
        var draft = path + ".draft";
        using (var file = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(JsonSerializer.SerializeToUtf8Bytes(values, _indented));
        }

        File.Move(draft, path, overwrite: true);
        return secret;
    }

    private static FileStream WaitForLock(string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 500)
            {
                Thread.Sleep(10);
            }
        }
    }
}
