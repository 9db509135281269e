using Npgsql;

namespace Softy.Tests.Application;

/// <summary>A test of the running application: prints what its resources wrote when it fails.</summary>
public abstract class ApplicationTest(SoftyApp softy) : IDisposable
{
    protected SoftyApp Softy { get; } = softy;

    protected DistributedApplication App => Softy.App;

    public void Dispose()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(Softy.Logs.Last());
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
}
