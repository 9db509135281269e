using Softy.Tests.Application;
using Softy.Tests.Faults;

namespace Softy.Tests.Telemetry;

/// <summary>Only requests of people are traced.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class IdleTests(TelemetryApp softy) : ApplicationTest(softy)
{
    /// <summary>The number of exports of metrics without any requests: each service exports once a second.</summary>
    private const int IdleExports = 12;

    private OtlpReceiver Receiver => ((TelemetryApp)Softy).Receiver;

    [Fact]
    public async Task An_application_that_nobody_uses_makes_no_spans()
    {
        string[] services = ["gateway", "web", .. FaultRun.Replicas];
        var idleSince = DateTimeOffset.UtcNow;
        var exports = services.ToDictionary(
            service => service,
            service => Receiver.Count("metrics", service) + IdleExports
        );
        await Eventually.Async(
            () => services.All(service => Receiver.Count("metrics", service) >= exports[service]),
            $"every service has exported its metrics {IdleExports} times"
        );

        // Spans of new requests have arrived, so earlier spans would have arrived, too.
        using var client = Softy.CreateGatewayClient();
        var traces = new List<string>();
        foreach (
            var (method, path) in ((HttpMethod, string)[])
                [(HttpMethod.Post, "/api/visits"), (HttpMethod.Get, "/api/messages/1"), (HttpMethod.Get, "/")]
        )
        {
            for (var n = 0; n < FaultRun.Replicas.Length; n++)
            {
                traces.Add(Guid.NewGuid().ToString("N"));
                using var request = new HttpRequestMessage(method, path);
                request.Headers.Add("traceparent", $"00-{traces[^1]}-00f067aa0ba902b7-01");
                using var response = await client.SendAsync(request, Cancellation);
            }
        }

        IReadOnlyList<OtlpSpan> spans = [];
        await Eventually.Async(
            () =>
            {
                spans = [.. Receiver.Spans.Where(span => span.StartedAt >= idleSince)];
                return services.All(service => spans.Any(span => span.Service == service))
                    && FaultRun.Replicas.All(replica => IsThere(replica, "redis") && IsThere(replica, "postgresql"));
            },
            "every service has told of its requests, and every replica of both its stores"
        );

        spans
            .Where(span => !traces.Contains(span.TraceId))
            .Select(span => $"{span.Service}: {span.Kind} {span.Name}")
            .Distinct()
            .ShouldBeEmpty();

        bool IsThere(string replica, string store) =>
            spans.Any(span => span.Service == replica && StoreOf(span) == store);

        // The client libraries of the stores use different names for the attribute.
        static string? StoreOf(OtlpSpan span) =>
            span.Attributes.GetValueOrDefault("db.system") ?? span.Attributes.GetValueOrDefault("db.system.name");
    }
}
