using Npgsql;

namespace Softy.Tests.Application;

/// <summary>
/// A test of the running application. When it fails, it prints what the resources wrote, and starts those that it has
/// left stopped: the next test would wait for them.
/// </summary>
public abstract class ApplicationTest(SoftyApp softy) : IAsyncDisposable
{
    protected SoftyApp Softy { get; } = softy;

    protected DistributedApplication App => Softy.App;

    public virtual async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(Softy.Logs.Last());
            await Softy.StartStoppedAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Changes the database behind everybody's back.</summary>
    protected async Task ExecuteAsync(string sql)
    {
        var connectionString = await App.GetConnectionStringAsync("softydb", Cancellation);
        await using var dataSource = NpgsqlDataSource.Create(connectionString!);
        await using var command = dataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    /// <summary>Asks the database over a session of its own.</summary>
    /// <returns>The first value of the first row; null if there is none.</returns>
    protected async Task<object?> QueryAsync(string sql)
    {
        var connectionString = await App.GetConnectionStringAsync("softydb", Cancellation);
        await using var dataSource = NpgsqlDataSource.Create(connectionString!);
        await using var command = dataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancellation);
    }
}
