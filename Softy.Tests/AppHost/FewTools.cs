namespace Softy.Tests.AppHost;

/// <summary>A PATH with the tools that the AppHost needs, but without databases.</summary>
internal sealed class FewTools : IDisposable
{
    private static readonly string[] _tools =
    [
        "cat",
        "chown",
        "flock",
        "id",
        "kill",
        "mv",
        "rm",
        "sed",
        "setpriv",
        "sh",
        "test",
    ];

    private static readonly string[] _folders = ["/usr/bin", "/bin"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("softy-tools-");

    public FewTools()
    {
        foreach (var tool in _tools)
        {
            var program = _folders.Select(folder => System.IO.Path.Combine(folder, tool)).First(File.Exists);
            File.CreateSymbolicLink(System.IO.Path.Combine(_folder.FullName, tool), program);
        }
    }

    /// <summary>A command that runs another program without access to the PostgreSQL of the distribution.</summary>
    /// <remarks>A mount that is private to the process hides the folder.</remarks>
    public static string[] WithoutPostgres { get; } =
    [
        "/usr/bin/unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "/bin/sh",
        "-c",
        "[ ! -d /usr/lib/postgresql ] || /bin/mount -t tmpfs none /usr/lib/postgresql; exec \"$@\"",
        "sh",
    ];

    public string Path => _folder.FullName;

    /// <summary>The environment variables that apply it to a process.</summary>
    public (string Name, string Value)[] Variables => [("PATH", Path)];

    public void Dispose() => _folder.Delete(recursive: true);
}
