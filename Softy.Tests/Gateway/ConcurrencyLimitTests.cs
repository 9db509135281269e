using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>How many requests the gateway forwards at a time, and how many wait in the queue.</summary>
[Collection(GatewayCollection.Name)]
public sealed class ConcurrencyLimitTests
{
    [Fact]
    public async Task Requests_above_the_limit_wait_and_are_refused_with_503_when_too_many_wait()
    {
        var released = new TaskCompletionSource();
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend => backend.Answer = context => released.Task.WaitAsync(context.RequestAborted)
        );
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Limits:MaxConcurrentRequests", "2"),
            ("Gateway:Limits:MaxQueuedRequests", "3")
        );

        var requests = Enumerable.Range(0, 6).Select(_ => gateway.Client.GetAsync("/api/hello", Cancellation)).ToList();
        var refused = await await Task.WhenAny(requests);
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        await Eventually.Async(() => backends[0].Requests.Count >= 2, "two requests have reached the replica");
        backends[0].Requests.Count.ShouldBe(2);

        released.SetResult();
        var all = await Task.WhenAll(requests);
        all.Count(response => response.StatusCode == HttpStatusCode.OK).ShouldBe(5);
    }

    [Fact]
    public async Task Queued_requests_use_the_destinations_after_their_wait_and_count_once_in_the_rate()
    {
        var released = new TaskCompletionSource();
        await using var backends = await Backend.StartSeveralAsync(
            2,
            backend => backend.Answer = context => released.Task.WaitAsync(context.RequestAborted)
        );
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:MaxConcurrentRequests", "1"),
            ("Gateway:Limits:RequestsPerSecondPerClient", "1"),
            ("Gateway:Limits:BurstPerClient", "11"),
            ("Gateway:Health:Active:Interval", "00:00:00.050")
        );
        using var queue = new RateLimitQueue(gateway);

        var first = gateway.Client.GetAsync("/api/hello", Cancellation);
        await Eventually.Async(
            () => backends.Any(backend => !backend.Requests.IsEmpty),
            "the first request has its turn"
        );
        var waiting = Enumerable.Range(0, 10).Select(_ => gateway.Client.GetAsync("/api/hello", Cancellation)).ToList();
        await Eventually.Async(() => queue.Length == 10, "ten requests wait");
        backends[0].Health = context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers["X-Softy-Draining"] = "true";
            return Task.CompletedTask;
        };
        await gateway.WaitForStatusAsync(
            status => status.Replicas[0].Health == "draining",
            "the gateway knows that api-1 is leaving"
        );
        released.SetResult();

        using var finished = await first;
        var instances = new List<string>();
        foreach (var response in await Task.WhenAll(waiting))
        {
            using (response)
            {
                response.StatusCode.ShouldBe(HttpStatusCode.OK);
                instances.Add(response.Instance());
            }
        }

        instances.ShouldAllBe(instance => instance == "api-2");
    }

    /// <summary>The number of queued requests, from the metrics of the rate limiting middleware.</summary>
    private sealed class RateLimitQueue : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _length;

        public RateLimitQueue(InProcessGateway gateway)
        {
            var meters = gateway.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (
                    instrument.Name == "aspnetcore.rate_limiting.queued_requests"
                    && ReferenceEquals(instrument.Meter.Scope, meters)
                )
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, change, _, _) => Interlocked.Add(ref _length, change));
            _listener.Start();
        }

        public long Length => Interlocked.Read(ref _length);

        public void Dispose() => _listener.Dispose();
    }
}
