using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

[Collection(GatewayCollection.Name)]
public sealed class ShutdownTests
{
    [Fact]
    public async Task A_gateway_that_is_told_to_stop_says_so_and_finishes_what_it_has()
    {
        var released = new TaskCompletionSource();
        await using var backends = await Backend.StartSeveralAsync(1, backend => backend.Answer = async context =>
        {
            await released.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("done", context.RequestAborted);
        });
        await using var gateway = await GatewayProcess.StartAsync(backends, ("Draining:Delay", "00:00:08"));

        var underWay = gateway.Client.GetAsync("/api/slow", TestContext.Current.CancellationToken);
        await gateway.WaitForStatusAsync(status => status.Replicas[0].InFlight == 1, "the request is under way");
        var stopping = gateway.StopAsync();

        // It says that it is leaving, and takes requests still.
        await Eventually.Async(
            async () =>
            {
                using var health = await gateway.Client.GetAsync("/health", TestContext.Current.CancellationToken);
                return health.StatusCode == HttpStatusCode.ServiceUnavailable && health.Headers.Contains("X-Softy-Draining");
            },
            "the gateway says that it is leaving");
        using (var alive = await gateway.Client.GetAsync("/alive", TestContext.Current.CancellationToken))
        {
            alive.StatusCode.ShouldBe(HttpStatusCode.OK);
            alive.Headers.ConnectionClose.ShouldBe(true);
        }

        // It does not listen any more, and the request is still under way.
        await Eventually.Async(
            async () =>
            {
                try
                {
                    using var client = new HttpClient();
                    using var response = await client.GetAsync(new Uri(gateway.Url, "/alive"), TestContext.Current.CancellationToken);
                    return false;
                }
                catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
                {
                    return true;
                }
            },
            "the gateway listens no more");
        underWay.IsCompleted.ShouldBeFalse();
        released.SetResult();
        using var finished = await underWay;
        (await finished.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("done");
        (await stopping).ShouldBe(0);
    }

    [Fact]
    public async Task Streams_do_not_keep_a_gateway_from_stopping()
    {
        await using var backends = await Backend.StartSeveralAsync(1, backend => backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n", context.RequestAborted);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using var gateway = await GatewayProcess.StartAsync(backends, ("Draining:Delay", "00:00:00.100"), ("Draining:Timeout", "00:01:00"));
        await using var events = await gateway.Client.GetStreamAsync("/api/live", TestContext.Current.CancellationToken);
        await using var status = await gateway.Client.GetStreamAsync("/gateway/status/stream", TestContext.Current.CancellationToken);

        var watch = Stopwatch.StartNew();
        // It ends before the drain's timeout is over, and before whoever stops it loses patience and kills it.
        (await gateway.StopAsync()).ShouldBe(0);

        TestContext.Current.TestOutputHelper!.WriteLine($"Stopped after {watch.Elapsed.TotalSeconds:F1} s with two streams open.");
    }
}
