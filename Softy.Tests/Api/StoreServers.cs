using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Softy.Tests.Application;
using Softy.Tests.Compose;

namespace Softy.Tests.Api;

/// <summary>
/// PostgreSQL and Redis without the rest of the application, started once for all tests that need only one replica.
/// Each test has its own database.
/// </summary>
public sealed class StoreServers : IAsyncLifetime
{
    private const string Password = "only-for-tests";

    private readonly string _folder = Directory.CreateTempSubdirectory("softy-stores-").FullName;
    private readonly List<Process> _processes = [];
    private int _databases;

    /// <summary>The superuser's connection string.</summary>
    public string Postgres { get; private set; } = "";

    private int RedisPort { get; set; }

    public async ValueTask InitializeAsync()
    {
        var port = FreePort();
        RedisPort = FreePort();
        Postgres = $"Host=127.0.0.1;Port={port};Username=postgres;Password={Password};Database=postgres;Pooling=false";
        var programs = Find(
            "initdb",
            [
                .. SearchPath(),
                .. Directory.Exists("/usr/lib/postgresql")
                    ? Directory
                        .EnumerateDirectories("/usr/lib/postgresql")
                        .OrderDescending()
                        .Select(version => Path.Combine(version, "bin"))
                    : [],
            ]
        );
        Start(
            "postgres",
            port,
            Path.GetDirectoryName(programs)!,
            ("POSTGRES_USER", "postgres"),
            ("POSTGRES_PASSWORD", Password)
        );
        Start("redis", RedisPort, Find("redis-server", SearchPath()), ("REDIS_PASSWORD", Password));

        await Eventually.Async(
            async () =>
            {
                try
                {
                    await using var connection = new NpgsqlConnection(Postgres);
                    await connection.OpenAsync();
                    return (await Redis().AskAsync($"AUTH {Password}", "PING")).Contains("+PONG");
                }
                catch (Exception exception) when (exception is NpgsqlException or SocketException)
                {
                    return false;
                }
            },
            "PostgreSQL and Redis answer"
        );
    }

    /// <summary>Access to Redis.</summary>
    internal RedisAccess Redis() => new("127.0.0.1", RedisPort, Password);

    /// <summary>Creates an empty database, owned by an account of the same name that is not a superuser.</summary>
    /// <returns>The connection string, and the number of an empty Redis database.</returns>
    public async Task<(string Postgres, int Redis)> CreateDatabaseAsync()
    {
        var number = Interlocked.Increment(ref _databases);
        var name = string.Create(CultureInfo.InvariantCulture, $"test{number}");
        await using var dataSource = NpgsqlDataSource.Create(Postgres);
        foreach (
            var sql in new[]
            {
                $"CREATE ROLE {name} LOGIN PASSWORD '{Password}'",
                $"CREATE DATABASE {name} OWNER {name}",
            }
        )
        {
            await using var command = dataSource.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var connection = new NpgsqlConnectionStringBuilder(Postgres)
        {
            Database = name,
            Username = name,
            Pooling = true,
        };
        var redis = number % 16;
        await Redis().AskAsync($"AUTH {Password}", $"SELECT {redis}", "FLUSHDB");
        return (connection.ConnectionString, redis);
    }

    /// <summary>
    /// Freezes PostgreSQL, or lets it continue. While frozen, it keeps its connections and accepts new ones, but
    /// answers nothing.
    /// </summary>
    public async Task SignalPostgresAsync(string signal)
    {
        var id = (await File.ReadAllLinesAsync(Path.Combine(_folder, "postgres", "data", "postmaster.pid")))[0];
        await ProcessTree.SignalAsync(int.Parse(id, CultureInfo.InvariantCulture), signal);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await Command.TryRunAsync("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Start(string store, int port, string program, params (string Key, string Value)[] environment)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, store)).FullName;
        var account = "";
        if (Environment.IsPrivilegedProcess)
        {
            // The servers refuse to run as root, or should.
            account = File.ReadLines("/etc/passwd").Any(line => line.StartsWith($"{store}:", StringComparison.Ordinal))
                ? store
                : "nobody";
            using var chmod = Process.Start("chmod", ["755", _folder]);
            chmod.WaitForExit();
            using var chown = Process.Start("chown", [account, folder]);
            chown.WaitForExit();
        }

        var script = Path.Combine(AppContext.BaseDirectory, "Stores", $"{store}.sh");
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                script,
                folder,
                port.ToString(CultureInfo.InvariantCulture),
                program,
                account,
                Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            ]
        )
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
    }

    private static string[] SearchPath() => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator);

    private static string Find(string program, IEnumerable<string> folders) =>
        folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"The program '{program}' is not installed.");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
