using System.Net;
using Softy.Tests.Application;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>While nobody uses the gateway, replicas hold back their answers to probes.</summary>
[Collection(GatewayCollection.Name)]
public sealed class HeldProbeTests
{
    [Fact]
    public async Task A_held_answer_brings_news_and_a_request_does_not_wait_for_it()
    {
        var held = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var quiet = await Backend.StartAsync(
            "api-1",
            backend =>
                backend.Health = async context =>
                {
                    if (context.Request.Headers["Prefer"] is [{ } preference])
                    {
                        held.TrySetResult(preference);
                        await news.Task;
                        context.Response.StatusCode = 503;
                        context.Response.Headers["X-Softy-Draining"] = "true";
                    }
                }
        );
        await using var other = await Backend.StartAsync("api-2");
        await using var gateway = await InProcessGateway.StartAsync(
            [quiet.Url.AbsoluteUri, other.Url.AbsoluteUri],
            web: other.Url.AbsoluteUri,
            [("Gateway:Health:Active:Interval", "00:00:00.100"), ("Gateway:Health:Active:Hold", "00:00:30")]
        );

        (await held.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancellation)).ShouldBe("wait=30");
        var probes = quiet.Probes;
        (await gateway.AskAsync(1)).ShouldHaveSingleItem();
        await Eventually.Async(() => quiet.Probes > probes, "the request makes the gateway probe again");

        // No other probe tells the gateway about the replica any more.
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        quiet.Health = context =>
        {
            blocked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        await blocked.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
        news.SetResult();
        await gateway.WaitForStatusAsync(
            status => status.Replicas[0].Health == "draining",
            "the held answer tells that the replica drains"
        );
    }

    [Fact]
    public async Task A_service_answers_a_held_probe_when_it_begins_to_drain()
    {
        await using var web = await ServiceProcess.StartAsync<Projects.Softy_Web>();
        using var atOnce = await SendProbeAsync(web, "wait=0");
        atOnce.StatusCode.ShouldBe(HttpStatusCode.OK);

        var held = SendProbeAsync(web, "respond-async, wait=60");
        // The service has the first probe when it has answered another one that was sent after it.
        using var another = await SendProbeAsync(web, "wait=1");
        held.IsCompleted.ShouldBeFalse();
        await web.TerminateAsync();
        using var answer = await held;

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.Contains("X-Softy-Draining").ShouldBeTrue();
    }

    private static async Task<HttpResponseMessage> SendProbeAsync(ServiceProcess service, string preference)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.TryAddWithoutValidation("Prefer", preference);
        return await service.Client.SendAsync(request, Cancellation);
    }
}
