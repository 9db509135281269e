using System.Globalization;
using System.Net;
using Aspire.Hosting.Dashboard.ResourceService.Messages;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Softy.Tests.Application;
using Softy.Tests.Dashboard;

namespace Softy.Tests.Embedded;

/// <summary>How the embedded host serves its dashboard, keeps it, and does without.</summary>
public sealed class DashboardTests(DashboardApp softy) : ApplicationTest(softy), IClassFixture<DashboardApp>
{
    private readonly DashboardApp _softy = softy;

    [Fact]
    public async Task A_dashboard_that_dies_is_started_again()
    {
        App.ResourceNotifications.TryGetCurrentState(DashboardApp.Dashboard, out var before).ShouldBeTrue();
        var id = before!.Snapshot.ProcessId()!.Value;

        AppHostProcess.Signal("KILL", id);

        await App.ResourceNotifications.WaitForResourceAsync(
            DashboardApp.Dashboard,
            now => now.Snapshot.HealthStatus == HealthStatus.Healthy && now.Snapshot.ProcessId() != id,
            Cancellation);
        using var client = new HttpClient { BaseAddress = _softy.DashboardAddress };
        using var response = await client.GetAsync("/health", Cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task The_resource_service_tells_nothing_without_the_key(string? key)
    {
        using var client = new ResourceServiceClient(App, key);
        using var response = await client.CallAsync("WatchResources", new WatchResourcesRequest());

        (await response.Content.ReadAsByteArrayAsync(Cancellation)).ShouldBeEmpty();
        response.TrailingHeaders.GetValues("grpc-status").ShouldHaveSingleItem().ShouldBe("16");
    }

    [Fact]
    public async Task Console_logs_come_with_their_history_and_end_when_only_that_is_asked_for()
    {
        using var client = new ResourceServiceClient(App);
        var lines = await client.ReadLogAsync("redis", Cancellation);

        lines.ShouldContain(line => line.Text.Contains("Ready to accept connections", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lines_of_console_logs_begin_with_the_time_at_which_they_were_written()
    {
        App.ResourceNotifications.TryGetCurrentState("api-1", out var state).ShouldBeTrue();
        using var client = new ResourceServiceClient(App);
        var lines = await client.ReadLogAsync(await client.IdOfAsync("api-1", Cancellation), Cancellation);

        lines.ShouldNotBeEmpty();
        var times = lines.ConvertAll(line =>
        {
            // What the dashboard takes for a time: to the tenth of a microsecond, with the zone, and a space behind it.
            line.Text.ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z ");
            return DateTimeOffset.Parse(line.Text[..line.Text.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
        });
        times.ShouldBeInOrder();
        times[0].UtcDateTime.ShouldBeGreaterThan(state!.Snapshot.CreationTimeStamp!.Value);
        times[^1].ShouldBeLessThanOrEqualTo(DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Generated_passwords_are_parameters_among_the_resources()
    {
        var secrets = await _softy.SecretsAsync(Cancellation);
        using var client = new ResourceServiceClient(App);
        var resources = await client.ListAsync(Cancellation);

        foreach (var (name, secret) in new[] { ("postgres-password", "the password of PostgreSQL"), ("redis-password", "the password of Redis") })
        {
            var parameter = resources.Single(resource => resource.Id == name);
            parameter.Type.ShouldBe("Parameter");
            parameter.State.ShouldBe("Running");
            parameter.IsHidden.ShouldBeFalse();
            parameter.CreatedAt.ShouldNotBeNull();
            var value = parameter.Properties.Single(property => property.Name == "Value");
            value.Value.StringValue.ShouldBe(secrets[secret]);
            value.IsSensitive.ShouldBeTrue();
            parameter.Properties.Where(property => property.Name != "Value").ShouldAllBe(
                property => !property.Value.ToString().Contains(secrets[secret], StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Without_a_dashboard_the_application_says_so_once_and_runs()
    {
        await using var appHost = AppHostProcess.Start(
            ["--Volumes=none", "--Dashboard:Enabled=true", "--ASPIRE_DASHBOARD_PATH=/nowhere", "--DcpPublisher:RandomizePorts=true"]);

        var address = await appHost.WaitUntilReadyAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = address };
        (await client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("Hello, World!");

        const string notice = "Going on without the Aspire dashboard. ASPIRE_DASHBOARD_PATH is '/nowhere', and there is no such file.";
        await Eventually.Async(() => appHost.Output.Contains(notice, StringComparison.Ordinal), "the notice is there");
        appHost.Output.Split(notice).Length.ShouldBe(2, appHost.Output);
    }
}
