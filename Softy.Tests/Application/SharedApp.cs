using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Softy.Tests.Api;
using Softy.Tests.Web;

namespace Softy.Tests.Application;

/// <summary>
/// The tests that share one application and one browser, because starting either takes seconds. They run one after
/// the other. A test that stops, kills or changes something restores it and waits until everything is healthy.
/// </summary>
[CollectionDefinition(Name)]
public sealed class SharedCollection : ICollectionFixture<SharedApp>, ICollectionFixture<Browser>
{
    public const string Name = "application";
}

/// <summary>The application with its dashboard, three replicas, and two more that can be started.</summary>
public sealed class SharedApp : StoreApp
{
    public const string Dashboard = "aspire-dashboard";

    /// <summary>The replicas that start with the application.</summary>
    public const int Replicas = 3;

    /// <summary>A replica that a single test starts, once.</summary>
    public const string UnusedSpare = "api-5";

    /// <summary>The address of the dashboard, without the token that opens it.</summary>
    public Uri DashboardAddress => new(DashboardLink, "/");

    /// <summary>The address that the AppHost tells its user.</summary>
    public Uri DashboardLink { get; private set; } = null!;

    public string BrowserToken => Setting("AppHost:BrowserToken");

    /// <inheritdoc />
    protected override int MaxReplicas => 5;

    /// <inheritdoc />
    protected override bool HasDashboard => true;

    // Nothing here is about outages that replicas have to notice soon.
    /// <inheritdoc />
    protected override TimeSpan StoreTimeout => TimeSpan.FromSeconds(20);

    /// <inheritdoc />
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        DashboardLink = await App.GetDashboardUrlAsync().WaitAsync(LongestStart);
    }

    /// <summary>What must be in no log and on no page, by name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> SecretsAsync(CancellationToken cancellationToken)
    {
        var postgres = await App.GetConnectionStringAsync("softydb", cancellationToken);
        var redis = await App.GetConnectionStringAsync("redis", cancellationToken);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["the password of PostgreSQL"] = new NpgsqlConnectionStringBuilder(postgres).Password!,
            ["the password of Redis"] = RedisAccess.Parse(redis!).Password,
            ["the key of the telemetry"] = Setting("AppHost:OtlpApiKey"),
            ["the key of the resource service"] = Setting("AppHost:ResourceService:ApiKey"),
        };
    }

    private string Setting(string key) =>
        App.Services.GetRequiredService<IConfiguration>()[key]
        ?? throw new InvalidOperationException($"There is no {key}.");
}

/// <summary>A test of the shared application.</summary>
[Collection(SharedCollection.Name)]
public abstract class SharedTest(SharedApp softy) : ApplicationTest(softy)
{
    protected new SharedApp Softy { get; } = softy;
}
