using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Softy.Tests.Application;

namespace Softy.Tests.Api;

/// <summary>
/// PostgreSQL and Redis without the rest of the application, started once for all tests that need only one replica.
/// Each test has its own database.
/// </summary>
public sealed class StoreServers : IAsyncLifetime
{
    private const string Password = "only-for-tests";

    private DistributedApplication? _app;
    private RedisAccess? _redis;
    private int _databases;

    /// <summary>The superuser's connection string.</summary>
    public string Postgres { get; private set; } = "";

    /// <summary>Access to Redis.</summary>
    internal RedisAccess Redis => _redis!;

    public async ValueTask InitializeAsync()
    {
        using var patience = new CancellationTokenSource(SoftyApp.LongestStart);
        var builder = await SmallApplication
            .CreateBuilderAsync(["postgres", "softydb", "redis"])
            .WaitAsync(patience.Token);
        builder.Services.AddLogging(logging => logging.ClearProviders());
        _app = await builder.BuildAsync(patience.Token);
        await _app.StartAsync(patience.Token);
        foreach (var store in new[] { "postgres", "redis" })
        {
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(store, patience.Token);
        }

        Postgres = $"{await _app.GetConnectionStringAsync("postgres", patience.Token)};Database=postgres;Pooling=false";
        _redis = RedisAccess.Parse((await _app.GetConnectionStringAsync("redis", patience.Token))!);
    }

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
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        var connection = new NpgsqlConnectionStringBuilder(Postgres)
        {
            Database = name,
            Username = name,
            Password = Password,
            Pooling = true,
        };
        var redis = number % 16;
        await Redis.AskAsync($"AUTH {Redis.Password}", $"SELECT {redis}", "FLUSHDB");
        return (connection.ConnectionString, redis);
    }

    /// <summary>
    /// Freezes PostgreSQL, or lets it continue. While frozen, it keeps its connections and accepts new ones, but
    /// answers nothing.
    /// </summary>
    public Task SignalPostgresAsync(string signal) => ProcessTree.SignalAsync(_app!.ProcessId("postgres"), signal);

    public ValueTask DisposeAsync() =>
        _app is null ? ValueTask.CompletedTask : Disposal.BoundedAsync("the stores", _app.DisposeAsync);
}
