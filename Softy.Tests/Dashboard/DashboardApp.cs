using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Softy.Tests.Application;

namespace Softy.Tests.Dashboard;

/// <summary>The whole application with its dashboard, which tests do without unless they ask for it.</summary>
public sealed class DashboardApp : SoftyApp
{
    public const string Dashboard = "aspire-dashboard";

    private static readonly TimeSpan _longestStart = TimeSpan.FromMinutes(3);

    public Uri DashboardAddress => App.GetEndpoint(Dashboard, "http");

    public string BrowserToken => Setting("AppHost:BrowserToken");

    /// <summary>What must be in no log and on no page, by name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> SecretsAsync(CancellationToken cancellationToken)
    {
        var postgres = await App.GetConnectionStringAsync("softydb", cancellationToken);
        var redis = await App.GetConnectionStringAsync("redis", cancellationToken);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["the password of PostgreSQL"] = new Npgsql.NpgsqlConnectionStringBuilder(postgres).Password!,
            ["the password of Redis"] = redis!.Split("password=")[1],
            ["the key of the telemetry"] = Setting("AppHost:OtlpApiKey"),
            ["the key of the resource service"] = Setting("AppHost:ResourceService:ApiKey"),
        };
    }

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        using var patience = new CancellationTokenSource(_longestStart);
        try
        {
            await App.ResourceNotifications.WaitForResourceHealthyAsync(Dashboard, patience.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException(
                $"The dashboard did not start; './softy setup' fetches it.{Environment.NewLine}{Logs.Last()}", e);
        }
    }

    protected override void Configure(DistributedApplicationOptions options) => options.DisableDashboard = false;

    private string Setting(string key) =>
        App.Services.GetRequiredService<IConfiguration>()[key] ?? throw new InvalidOperationException($"There is no {key}.");
}
