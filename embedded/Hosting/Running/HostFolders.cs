using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Running;

/// <summary>Where the host keeps files: data volumes for good, everything else for one run.</summary>
internal sealed class HostFolders(IDistributedApplicationBuilder builder, OrphanGuard guard) : IDisposable
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Another account, that of PostgreSQL, must get through to its own folder, and see nothing on the way.
    private const UnixFileMode PassThrough = OnlyOwner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly Lock _lock = new();
    private DirectoryInfo? _temporary;

    /// <summary><c>.softy</c> beside the solution of the AppHost, or in the AppHost's folder where there is none.</summary>
    public string Root { get; } = RootOf(builder.AppHostDirectory);

    /// <summary>
    /// Where volumes are when an account may not enter <see cref="Root"/>, as the home folder of root is closed to others.
    /// </summary>
    public string SharedRoot => Path.Combine(
        "/var/lib/softy", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Root)))[..10]);

    /// <summary>The <see cref="Root"/> of an AppHost.</summary>
    public static string RootOf(string appHostDirectory) => Path.Combine(FindSolution(appHostDirectory), ".softy");

    /// <summary>A folder that is gone when the host is.</summary>
    public string Temporary(string name)
    {
        lock (_lock)
        {
            if (_temporary is null)
            {
                _temporary = Directory.CreateTempSubdirectory("softy-");
                File.SetUnixFileMode(_temporary.FullName, PassThrough);
                guard.AddFolder(_temporary.FullName);
            }

            return Directory.CreateDirectory(Path.Combine(_temporary.FullName, name), PassThrough).FullName;
        }
    }

    /// <summary>The folder of a volume under one of the two roots; it need not exist.</summary>
    public static string Volume(string root, string name) => Path.Combine(root, "volumes", name);

    /// <summary>Makes the folder that holds volumes.</summary>
    public static void CreateParent(string volume) =>
        Directory.CreateDirectory(Path.GetDirectoryName(volume)!, PassThrough);

    /// <summary>Keeps other hosts off a volume, until the result is disposed of or this host ends.</summary>
    /// <param name="volume">The folder of the volume.</param>
    /// <param name="resource">Whose data it holds.</param>
    /// <exception cref="DistributedApplicationException">Another host has it.</exception>
    public static IDisposable LockVolume(string volume, IResource resource)
    {
        try
        {
            return new FileStream(volume + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new DistributedApplicationException(
                $"The data volume of '{resource.Name}', {volume}, is in use by another AppHost. Stop that one first.", e);
        }
    }

    /// <summary>Makes a folder for the owner alone.</summary>
    public static string CreatePrivate(string path) => Directory.CreateDirectory(path, OnlyOwner).FullName;

    public void Dispose()
    {
        if (_temporary is { Exists: true })
        {
            _temporary.Delete(recursive: true);
        }
    }

    private static string FindSolution(string folder)
    {
        for (var parent = new DirectoryInfo(folder); parent is not null; parent = parent.Parent)
        {
            if (parent.EnumerateFiles("*.sln").Any())
            {
                return parent.FullName;
            }
        }

        return folder;
    }
}
