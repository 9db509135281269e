using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
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
        var id = IdOf(before!);

        AppHostProcess.Signal("KILL", id);

        await App.ResourceNotifications.WaitForResourceAsync(
            DashboardApp.Dashboard,
            now => now.Snapshot.HealthStatus == HealthStatus.Healthy && IdOf(now) != id,
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
        using var client = CreateResourceServiceClient();
        using var response = await CallAsync(client, "WatchResources", key, []);

        (await response.Content.ReadAsByteArrayAsync(Cancellation)).ShouldBeEmpty();
        response.TrailingHeaders.GetValues("grpc-status").ShouldHaveSingleItem().ShouldBe("16");
    }

    [Fact]
    public async Task Console_logs_come_with_their_history_and_end_when_only_that_is_asked_for()
    {
        using var client = CreateResourceServiceClient();
        byte[] request = [0x0A, 5, .. "redis"u8, 0x10, 1];
        using var response = await CallAsync(client, "WatchResourceConsoleLogs", Key, request);

        Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(Cancellation)).ShouldContain("Ready to accept connections");
        response.TrailingHeaders.GetValues("grpc-status").ShouldHaveSingleItem().ShouldBe("0");
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_nothing_up()
    {
        using var client = CreateResourceServiceClient();
        var silent = new List<HttpResponseMessage>();
        for (var n = 0; n < 20; n++)
        {
            silent.Add(await CallAsync(client, "WatchResources", Key, []));
        }

        await Softy.CommandAsync("api-3", "restart", Cancellation);
        await App.ResourceNotifications.WaitForResourceHealthyAsync("api-3", Cancellation);
        using var answer = await CallAsync(client, "GetApplicationInformation", Key, []);
        Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(Cancellation)).ShouldContain("Softy");

        silent.ForEach(response => response.Dispose());
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
        appHost.Output.Split(notice).Length.ShouldBe(2, appHost.Output);
    }

    private string Key => App.Services.GetRequiredService<IConfiguration>()["AppHost:ResourceService:ApiKey"]!;

    private static int IdOf(ResourceEvent change) => Convert.ToInt32(
        change.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value, CultureInfo.InvariantCulture);

    private HttpClient CreateResourceServiceClient() => new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = App.GetEndpoint(DashboardApp.Dashboard, "resource-service"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static async Task<HttpResponseMessage> CallAsync(HttpClient client, string method, string? key, byte[] message)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/aspire.v1.DashboardService/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, (byte)message.Length, .. message])
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") },
            },
        };
        if (key is not null)
        {
            request.Headers.Add("x-resource-service-api-key", key);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }
}
