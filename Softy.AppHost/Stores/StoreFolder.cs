using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Softy.AppHost.Stores;

/// <summary>Opens the data folder of a store, which replaces the volume of a container.</summary>
internal static class StoreFolder
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // The server's account must be able to traverse the parent folders, but not to list them.
    private const UnixFileMode PassThrough = OnlyOwner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Finds the folder for Softy's data on this machine: <c>.softy</c> in the solution's folder.</summary>
    /// <param name="appHostDirectory">The folder of the AppHost's project.</param>
    /// <returns>The path of the folder, which may not exist.</returns>
    public static string FindRoot(string appHostDirectory)
    {
        for (var folder = new DirectoryInfo(appHostDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles("*.sln").Any())
            {
                return Path.Combine(folder.FullName, ".softy");
            }
        }

        return Path.Combine(appHostDirectory, ".softy");
    }

    /// <summary>Opens the folder of a store's volume, or a temporary folder if it has no volume.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="store">The store.</param>
    /// <param name="account">The server's account, or null for the AppHost's account.</param>
    /// <returns>The folder, and whether it is deleted when the application stops.</returns>
    /// <exception cref="DistributedApplicationException">
    /// The account has access to none of the possible folders.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">This machine runs Windows.</exception>
    public static (string Path, bool IsTemporary) Open(
        IDistributedApplicationBuilder builder,
        IResource store,
        string? account
    )
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException($"'{store.Name}' cannot run as a process on Windows.");
        }

        var mount = store.Annotations.OfType<ContainerMountAnnotation>().LastOrDefault();
        if (mount?.Source is null)
        {
            var temporary = Directory.CreateTempSubdirectory("softy-").FullName;
            TryChangeOwner(temporary, account, out _);
            return (temporary, true);
        }

        var root = FindRoot(builder.AppHostDirectory);
        string[] candidates =
            mount.Type == ContainerMountType.BindMount ? [mount.Source]
            : account is null ? [Volume(root, mount.Source)]
            : [Volume(root, mount.Source), Volume(SharedRoot(root), mount.Source)];
        var reasons = new List<string>();
        foreach (var folder in candidates)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!, PassThrough);
            Directory.CreateDirectory(folder, OnlyOwner);
            if (TryChangeOwner(folder, account, out var reason))
            {
                return (folder, false);
            }

            reasons.Add($"{folder} ({reason})");
            if (!Directory.EnumerateFileSystemEntries(folder).Any())
            {
                // An empty folder must not be mistaken for a volume.
                Directory.Delete(folder);
            }
        }

        throw new DistributedApplicationException(
            $"The account '{account}' has access to no folder for the data of '{store.Name}'. "
                + $"Tried: {string.Join(", ", reasons)}."
        );
    }

    private static string Volume(string root, string name) => Path.Combine(root, "volumes", name);

    // Other accounts have no access to a checkout in root's home folder.
    private static string SharedRoot(string root) =>
        Path.Combine("/var/lib/softy", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)))[..10]);

    private static bool TryChangeOwner(string folder, string? account, out string reason)
    {
        reason = string.Empty;
        return account is null
            || (
                Run("chown", ["-R", $"{account}:", folder], out reason)
                && Run("setpriv", [.. ServerAccount.GetSetprivOptions(account), "test", "-w", folder], out reason)
            );
    }

    private static bool Run(string program, string[] arguments, out string reason)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true }
        )!;
        reason = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        reason = reason.Length > 0 ? reason : "the account cannot write there";
        return process.ExitCode == 0;
    }
}
