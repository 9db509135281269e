using System.Security.Cryptography;

namespace Softy.AppHost.Compose;

/// <summary>Generates secrets with 190 random bits.</summary>
internal static class Secrets
{
    // Letters and digits need no escaping in URLs, connection strings, shells and compose files.
    private const string Characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    public static string Create() => RandomNumberGenerator.GetString(Characters, 32);
}
