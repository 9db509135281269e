using System.Globalization;
using Aspire.Hosting.Processes;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Aspire.Hosting.Running;

/// <summary>Runs PostgreSQL from the binaries of the machine.</summary>
internal sealed partial class PostgresLauncher(HostFolders folders, OrphanGuard guard)
{
    // PostgreSQL refuses to run as root. Its own account is there where a distribution installed it.
    private static readonly string[] _accounts = ["postgres", "nobody"];

    /// <summary>Finds the folder of the binaries.</summary>
    /// <param name="resource">For whom.</param>
    /// <param name="major">The major version that the data need, or null for the newest.</param>
    /// <exception cref="DistributedApplicationException">There is none.</exception>
    public static string FindBinaries(PostgresServerResource resource, string? major = null)
    {
        var versions = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql")
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var v) ? v : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        string[] candidates = [.. Programs.SearchPath, .. versions];
        string[] complete =
        [
            .. candidates.Where(f => File.Exists(Path.Combine(f, "initdb")) && File.Exists(Path.Combine(f, "postgres"))),
        ];

        if (complete.Length == 0)
        {
            throw new DistributedApplicationException(
                $"The resource '{resource.Name}' needs the programs 'initdb' and 'postgres' of PostgreSQL. They are not on "
                + "the PATH, nor in /usr/lib/postgresql/*/bin. On Debian and Ubuntu, install them with: "
                + "apt-get install --no-install-recommends postgresql");
        }

        return major is null
            ? complete[0]
            : complete.FirstOrDefault(folder => MajorOf(folder) == major)
                ?? throw new DistributedApplicationException(
                    $"The data volume of '{resource.Name}' was written by PostgreSQL {major}, which is not on this machine; "
                    + $"found: {string.Join(", ", complete.Select(f => $"{MajorOf(f)} in {f}"))}. Install that version, or remove the volume.");
    }

    /// <summary>Makes the data folder, if there is none yet, and says how to start the server.</summary>
    public async Task<LaunchPlan> PlanAsync(PostgresServerResource resource, ILogger log, CancellationToken cancellationToken)
    {
        var account = Environment.IsPrivilegedProcess ? Account(resource) : null;
        var volume = resource.Annotations.OfType<ContainerMountAnnotation>().LastOrDefault()?.Source;
        var home = volume is null
            ? folders.Temporary(resource.Name)
            : await OpenVolumeAsync(resource, volume, account, cancellationToken);
        var data = Path.Combine(home, "data");

        var volumeLock = volume is null ? null : HostFolders.LockVolume(home, resource);
        string binaries;
        try
        {
            binaries = await PrepareDataAsync(resource, home, data, account, log, cancellationToken);
        }
        catch
        {
            // Held on to, the lock would refuse the next start as if another AppHost had the volume.
            volumeLock?.Dispose();
            throw;
        }

        var port = resource.PrimaryEndpoint.Port.ToString(CultureInfo.InvariantCulture);
        return new LaunchPlan
        {
            Process = new ProcessStart
            {
                FileName = Path.Combine(binaries, "postgres"),
                Arguments =
                [
                    "-D", data, "-p", port,
                    "-c", "listen_addresses=localhost",
                    "-c", "unix_socket_directories=",
                    "-c", "max_connections=200",
                    "-c", "logging_collector=off",
                    "-c", "log_destination=stderr",
                ],
                WorkingDirectory = home,
                Environment = CleanEnvironment(),
                User = account,

                // "Fast" shutdown: PostgreSQL's answer to SIGTERM is to wait for every client to leave.
                StopSignal = Libc.Interrupt,
            },
            ResourceType = "Container",
            VolumePath = volume is null ? null : home,
            Held = volumeLock,
        };
    }

    /// <summary>Creates a database, if there is none of that name.</summary>
    public static async Task CreateDatabaseAsync(PostgresDatabaseResource resource, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(
            await ((IResourceWithConnectionString)resource.Parent).GetConnectionStringAsync(cancellationToken))
        {
            Database = "postgres",
            Pooling = false,
        };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);

        await using var find = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection)
        {
            Parameters = { new NpgsqlParameter { Value = resource.DatabaseName } },
        };
        if (await find.ExecuteScalarAsync(cancellationToken) is not null)
        {
            return;
        }

        // The name of a database cannot be a parameter of the statement.
        var name = resource.DatabaseName.Replace("\"", "\"\"", StringComparison.Ordinal);
#pragma warning disable CA2100 // The name is the AppHost's own, and quoted.
        await using var create = new NpgsqlCommand($"CREATE DATABASE \"{name}\"", connection);
#pragma warning restore CA2100
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Account(PostgresServerResource resource)
    {
        var known = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        return _accounts.FirstOrDefault(known.Contains)
            ?? throw new DistributedApplicationException(
                $"The resource '{resource.Name}' cannot run as root, and none of the accounts {string.Join(", ", _accounts)} "
                + "is on this machine. Run the AppHost as another user.");
    }

    private static string MajorOf(string binaries)
    {
        using var version = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(Path.Combine(binaries, "postgres"), "--version") { RedirectStandardOutput = true, UseShellExecute = false })!;
        return version.StandardOutput.ReadToEnd().Trim().Split(' ') is [_, _, var number, ..] ? number.Split('.')[0] : "?";
    }

    // The lock of this volume is ours: whatever the file names is not a server on these data any more, even where
    // another process has its number by now.
    private static void RemoveStaleLock(PostgresServerResource resource, string data)
    {
        var path = Path.Combine(data, "postmaster.pid");
        if (!File.Exists(path))
        {
            return;
        }

        if (int.TryParse(File.ReadLines(path).FirstOrDefault(), CultureInfo.InvariantCulture, out var pid)
            && File.Exists($"/proc/{pid}/cmdline")
            && File.ReadAllText($"/proc/{pid}/cmdline").Contains(data, StringComparison.Ordinal))
        {
            throw new DistributedApplicationException(
                $"A PostgreSQL server, process {pid}, still runs on the data volume of '{resource.Name}', {data}. Stop it first.");
        }

        File.Delete(path);
    }

    private static Dictionary<string, string> CleanEnvironment() => new(StringComparer.Ordinal)
    {
        ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? string.Empty,
        ["LC_ALL"] = "C",
    };

    private async Task<string> OpenVolumeAsync(
        PostgresServerResource resource, string volume, string? account, CancellationToken cancellationToken)
    {
        string[] roots = account is null ? [folders.Root] : [folders.Root, folders.SharedRoot];
        DistributedApplicationException? failure = null;
        foreach (var root in roots)
        {
            var home = HostFolders.Volume(root, volume);
            HostFolders.CreateParent(home);
            HostFolders.CreatePrivate(home);
            if (account is null)
            {
                return home;
            }

            try
            {
                await RunAsync("/bin/chown", ["-R", $"{account}:", home], user: null, cancellationToken);
                await RunAsync("/usr/bin/test", ["-w", home], account, cancellationToken);
                return home;
            }
            catch (DistributedApplicationException e)
            {
                // Not reachable for the account: an empty folder that must not look like a volume.
                failure = e;
                if (!Directory.EnumerateFileSystemEntries(home).Any())
                {
                    Directory.Delete(home);
                }
            }
        }

        throw new DistributedApplicationException(
            $"The account '{account}' can use no folder for the data volume of '{resource.Name}'; tried: "
            + $"{string.Join(", ", roots.Select(root => HostFolders.Volume(root, volume)))}.",
            failure);
    }

    /// <summary>Makes the data folder, or makes sure that a server can start on it.</summary>
    /// <returns>The folder of the binaries that fit it.</returns>
    private async Task<string> PrepareDataAsync(
        PostgresServerResource resource,
        string home,
        string data,
        string? account,
        ILogger log,
        CancellationToken cancellationToken)
    {
        var version = Path.Combine(data, "PG_VERSION");
        if (File.Exists(version))
        {
            var fitting = FindBinaries(resource, (await File.ReadAllTextAsync(version, cancellationToken)).Trim());
            RemoveStaleLock(resource, data);
            return fitting;
        }

        var newest = FindBinaries(resource);
        await InitializeAsync(resource, newest, home, data, account, log, cancellationToken);
        return newest;
    }

    // In a draft that is renamed when it is whole, so that a start that was cut off leaves nothing that looks like data.
    private async Task InitializeAsync(
        PostgresServerResource resource,
        string binaries,
        string home,
        string data,
        string? account,
        ILogger log,
        CancellationToken cancellationToken)
    {
        LogInitializing(log, binaries);
        var draft = data + ".draft";
        var password = Path.Combine(home, "password");
        if (Directory.Exists(draft))
        {
            Directory.Delete(draft, recursive: true);
        }

        File.Delete(password);
        await using (var file = new FileStream(password, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        await using (var writer = new StreamWriter(file))
        {
            await writer.WriteAsync(await resource.PasswordParameter.GetValueAsync(cancellationToken));
        }

        try
        {
            if (account is not null)
            {
                await RunAsync("/bin/chown", ["-R", $"{account}:", home], user: null, cancellationToken);
            }

            var user = await resource.UserNameReference.GetValueAsync(cancellationToken);
            await RunAsync(
                Path.Combine(binaries, "initdb"),
                [
                    "-D", draft, "-U", user!, $"--pwfile={password}", "--auth-host=scram-sha-256",
                    "--auth-local=scram-sha-256", "--encoding=UTF8", "--no-locale",
                    .. resource.Annotations.OfType<ContainerMountAnnotation>().Any() ? Array.Empty<string>() : ["--no-sync"],
                ],
                account,
                cancellationToken,
                home);
        }
        finally
        {
            File.Delete(password);
        }

        Directory.Move(draft, data);
    }

    private Task RunAsync(
        string program, string[] arguments, string? user, CancellationToken cancellationToken, string? folder = null) =>
        Programs.RunAsync(
            new ProcessStart
            {
                FileName = program,
                Arguments = arguments,
                WorkingDirectory = folder ?? "/",
                Environment = CleanEnvironment(),
                User = user,
            },
            guard,
            cancellationToken);

    [LoggerMessage(LogLevel.Information, "Making a data folder with initdb from {Binaries}.")]
    private static partial void LogInitializing(ILogger logger, string binaries);
}
