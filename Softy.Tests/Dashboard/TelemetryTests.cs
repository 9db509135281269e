using Softy.Tests.Application;
using Softy.Tests.Web;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Dashboard;

/// <summary>Every service exports its telemetry to the dashboard.</summary>
public sealed class TelemetryTests(SharedApp softy, Browser browser) : DashboardTest(softy, browser)
{
    [Fact]
    public async Task A_visit_is_one_trace_through_gateway_replica_and_Redis()
    {
        var page = await LogInAsync();

        var trace = (await FindTraceAsync(page, "/api/visits"))
            .Filter(new() { Has = Spans(page, "gateway") })
            .Filter(new() { Has = Spans(page, "api-") })
            .Filter(new() { Has = Spans(page, "redis") });

        await Expect(trace).ToBeVisibleAsync(new() { Timeout = Patience });
    }

    [Fact]
    public async Task Metrics_of_framework_and_gateway_arrive()
    {
        var page = await LogInAsync();

        // The dashboard has a page for the gateway's metrics once the gateway has exported something.
        await FindTraceAsync(page);
        await GoAsync(page, "/metrics/resource/gateway");

        foreach (
            var meter in (string[])
                [
                    "http.server.request.duration",
                    "softy.gateway.replica.requests",
                    "http.client.request.duration",
                    "dotnet.gc.collections",
                ]
        )
        {
            await Expect(page.GetByText(meter, new() { Exact = true })).ToBeVisibleAsync(new() { Timeout = Patience });
        }
    }
}
