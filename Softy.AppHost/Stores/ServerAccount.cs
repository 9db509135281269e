namespace Softy.AppHost.Stores;

/// <summary>The account under which a server runs when the AppHost is root: PostgreSQL refuses to be root.</summary>
internal static class ServerAccount
{
    /// <summary>Finds the account for a server.</summary>
    /// <param name="resource">The name of the server's resource, for the error.</param>
    /// <param name="preferred">The account that a distribution makes for the server.</param>
    /// <returns>An account, or null where the AppHost is not root and the server runs as the AppHost does.</returns>
    /// <exception cref="DistributedApplicationException">None of the accounts is on this machine.</exception>
    public static string? Find(string resource, string preferred)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return null;
        }

        var known = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        string[] candidates = [preferred, "nobody"];
        return candidates.FirstOrDefault(known.Contains)
            ?? throw new DistributedApplicationException(
                $"'{resource}' cannot run as root, and this machine has none of the accounts {string.Join(", ", candidates)}. "
                    + "Run the AppHost as another user."
            );
    }

    /// <summary>The options of <c>setpriv</c> that make a program run under an account.</summary>
    /// <param name="account">The account.</param>
    /// <returns>The options.</returns>
    public static string[] GetSetprivOptions(string account) =>
        [$"--reuid={account}", $"--regid={GroupOf(account)}", "--init-groups"];

    private static string GroupOf(string account) =>
        File.ReadLines("/etc/passwd").Select(line => line.Split(':')).First(fields => fields[0] == account)[3];
}
