namespace Softy.AppHost.Stores;

/// <summary>
/// Finds the account for a server if the AppHost runs as root, because PostgreSQL refuses to run as root.
/// </summary>
internal static class ServerAccount
{
    /// <summary>Finds the account for a server.</summary>
    /// <param name="resource">The name of the server's resource, for error messages.</param>
    /// <param name="preferred">The account that distributions create for the server.</param>
    /// <returns>
    /// The account, or null if the AppHost does not run as root and the server uses the same account.
    /// </returns>
    /// <exception cref="DistributedApplicationException">None of the accounts exists on this machine.</exception>
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
                $"'{resource}' cannot run as root, and this machine has none of the accounts "
                    + $"{string.Join(", ", candidates)}. Run the AppHost as another user."
            );
    }

    /// <summary>Gets the options of <c>setpriv</c> that run a program with another account.</summary>
    /// <param name="account">The account.</param>
    /// <returns>The options.</returns>
    public static string[] GetSetprivOptions(string account) =>
        [$"--reuid={account}", $"--regid={GroupOf(account)}", "--init-groups"];

    private static string GroupOf(string account) =>
        File.ReadLines("/etc/passwd").Select(line => line.Split(':')).First(fields => fields[0] == account)[3];
}
