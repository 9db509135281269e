using System.Security.Cryptography;

namespace Softy.AppHost.Compose;

/// <summary>Makes secrets of 190 random bits.</summary>
internal static class Secrets
{
    // Letters and digits alone: the same in a URL, a connection string, a shell and a compose file.
    private const string Characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    public static string Create() => RandomNumberGenerator.GetString(Characters, 32);
}
