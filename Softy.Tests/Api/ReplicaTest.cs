using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using Softy.Tests.Application;

namespace Softy.Tests.Api;

/// <summary>One PostgreSQL and one Redis for all tests of single replicas.</summary>
[CollectionDefinition(nameof(ReplicaCollection))]
public sealed class ReplicaCollection : ICollectionFixture<StoreServers>;

/// <summary>A test of a single replica, without the rest of the application.</summary>
[Collection(nameof(ReplicaCollection))]
public abstract class ReplicaTest(StoreServers stores)
{
    protected StoreServers Stores => stores;

    /// <summary>Starts a replica on an empty database, and waits until it is healthy.</summary>
    protected async Task<Replica> StartAsync(params (string Key, string Value)[] settings)
    {
        var (postgres, redis) = await stores.CreateDatabaseAsync();
        return await Replica.StartAsync(stores, postgres, redis, settings);
    }

    /// <summary>Starts another replica on the same database.</summary>
    protected Task<Replica> StartBesideAsync(Replica replica, params (string Key, string Value)[] settings)
    {
        ArgumentNullException.ThrowIfNull(replica);
        return Replica.StartAsync(stores, replica.Postgres, replica.RedisDatabase, settings);
    }

    /// <summary>A replica as a process, and access to its stores.</summary>
    protected sealed class Replica : IAsyncDisposable
    {
        private readonly StoreServers _stores;
        private readonly ServiceProcess _process;

        private Replica(StoreServers stores, ServiceProcess process, string postgres, int redis)
        {
            (_stores, _process, Postgres, RedisDatabase) = (stores, process, postgres, redis);
            Client.Timeout = TimeSpan.FromMinutes(1);
        }

        /// <summary>The replica's connection string.</summary>
        public string Postgres { get; }

        public int RedisDatabase { get; }

        public HttpClient Client => _process.Client;

        /// <summary>What the replica has written to the console.</summary>
        public string Output => _process.Output;

        public static async Task<Replica> StartAsync(
            StoreServers stores,
            string postgres,
            int redis,
            params (string Key, string Value)[] settings
        )
        {
            var access = stores.Redis;
            var process = await ServiceProcess.StartAsync<Projects.Softy_Api>([
                ("ConnectionStrings:softydb", postgres),
                (
                    "ConnectionStrings:redis",
                    $"{access.Host}:{access.Port},password={access.Password},defaultDatabase={redis}"
                ),
                ("Instance:Name", "api-1"),
                ("Draining:Delay", "00:00:00"),
                .. settings,
            ]);
            var replica = new Replica(stores, process, postgres, redis);
            try
            {
                await replica.BecomesHealthyAsync();
                return replica;
            }
            catch (TimeoutException exception)
            {
                throw new TimeoutException(replica.Output, exception);
            }
        }

        public Task BecomesHealthyAsync() =>
            Eventually.Async(
                async () =>
                    await Client.GetFromJsonAsync<JsonElement>("/health", Cancellation) is var health
                    && health.GetProperty("status").GetString() == "Healthy",
                "the replica is healthy",
                TimeSpan.FromSeconds(60)
            );

        /// <summary>How often a pattern occurs in the output.</summary>
        public int Says(string pattern) => Regex.Count(Output, pattern, RegexOptions.None, TimeSpan.FromSeconds(5));

        /// <summary>Runs a statement as the superuser, in the replica's database.</summary>
        public async Task<object?> ExecuteAsync(string sql)
        {
            await using var connection = await ConnectAsync();
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
            return await command.ExecuteScalarAsync(Cancellation);
        }

        /// <summary>A connection of the superuser to the replica's database.</summary>
        public async Task<NpgsqlConnection> ConnectAsync(string? database = null, string? applicationName = null)
        {
            var settings = new NpgsqlConnectionStringBuilder(_stores.Postgres)
            {
                Database = database ?? Name,
                ApplicationName = applicationName,
                // The server counts named connections, so these must end when they are closed.
                Pooling = applicationName is null,
                // Works even when a test has made the database read-only.
                Options = "-c default_transaction_read_only=off",
            };
            var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(Cancellation);
            return connection;
        }

        /// <summary>The name of the replica's database and of its account.</summary>
        public string Name => new NpgsqlConnectionStringBuilder(Postgres).Database!;

        /// <summary>Sends commands to the replica's database of Redis.</summary>
        public async Task<string[]> AskRedisAsync(params string[] commands)
        {
            var access = _stores.Redis;
            var lines = await access.AskAsync([$"AUTH {access.Password}", $"SELECT {RedisDatabase}", .. commands]);
            return lines[2..];
        }

        /// <summary>
        /// Closes the replica's connections, so that new ones get the changed settings of the database.
        /// </summary>
        public Task ReconnectAsync() =>
            ExecuteAsync(
                $"""
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = '{Name}' AND usename = '{Name}'
                """
            );

        public async Task<HttpResponseMessage> PostMessageAsync(
            string? author,
            string? text,
            string? key = null,
            CancellationToken? cancellationToken = null
        )
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/messages")
            {
                Content = JsonContent.Create(new { author, text }),
            };
            if (key is not null)
            {
                request.Headers.Add("Idempotency-Key", key);
            }

            return await Client.SendAsync(request, cancellationToken ?? Cancellation);
        }

        public async Task<CreatedMessage> CreateMessageAsync(string author, string text)
        {
            using var response = await PostMessageAsync(author, text);
            response.StatusCode.ShouldBe(
                HttpStatusCode.Created,
                await response.Content.ReadAsStringAsync(Cancellation)
            );
            return (await response.Content.ReadFromJsonAsync<CreatedMessage>(Cancellation))!;
        }

        public async Task<HttpStatusCode> StatusAsync(HttpMethod method, string path)
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await Client.SendAsync(request, Cancellation);
            return response.StatusCode;
        }

        public async Task<(int ExitCode, TimeSpan Duration)> TerminateAsync() => await _process.TerminateAsync();

        public ValueTask DisposeAsync() => _process.DisposeAsync();
    }
}
