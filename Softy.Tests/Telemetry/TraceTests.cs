using System.Net;
using Softy.Tests.Application;
using Softy.Tests.Gateway;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Telemetry;

/// <summary>How the gateway traces requests, and how it changes their trace headers.</summary>
[Collection(GatewayCollection.Name)]
public sealed class TraceTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string ClientSpanId = "00f067aa0ba902b7";
    private const string Traceparent = $"00-{TraceId}-{ClientSpanId}-01";

    [Fact]
    public async Task A_request_is_one_trace_with_route_status_and_protocol()
    {
        await using var receiver = await OtlpReceiver.StartAsync("key");
        await using var backend = new RawBackend();
        await using var gateway = await ServiceProcess.StartGatewayAsync([backend.Url], receiver.Settings("gateway"));

        using var response = await SendAsync(
            gateway,
            "/api/hello?password=secret",
            ("traceparent", Traceparent),
            ("tracestate", "a=b")
        );

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var spans = await ReceiveAsync(receiver);
        spans.ShouldAllBe(span => span.Service == "gateway");
        spans.Where(span => span.TraceId != TraceId).Select(span => span.Name).Distinct().ShouldBeEmpty();
        var server = spans.Single(span => span.ParentId == ClientSpanId);
        server.Attributes["http.request.method"].ShouldBe("GET");
        server.Attributes["http.response.status_code"].ShouldBe("200");
        server.Attributes["http.route"].ShouldStartWith("/api/{");
        server.Attributes["network.protocol.version"].ShouldBe("1.1");
        server.Attributes["url.path"].ShouldBe("/api/hello");
        server.Attributes["url.scheme"].ShouldBe("http");
        server.Attributes["server.address"].ShouldBe("127.0.0.1");
        server.Name.ShouldBe($"GET {server.Attributes["http.route"]}");
        server.HasFailed.ShouldBeFalse();
        receiver.SignalsWith("secret").ShouldBeEmpty();

        // The replica's span would be a child of the gateway's client span.
        var client = spans.Single(span => span.Kind == "client");
        client.Attributes["http.response.status_code"].ShouldBe("200");
        backend.Requests.Single().Header("traceparent").ShouldBe([$"00-{TraceId}-{client.SpanId}-01"]);
        backend.Requests.Single().Header("tracestate").ShouldBe(["a=b"]);
    }

    [Fact]
    public async Task A_request_that_fails_is_a_failed_span()
    {
        await using var receiver = await OtlpReceiver.StartAsync("key");
        await using var backends = await Backend.StartSeveralAsync(1, backend => backend.Answer = Answers.Status(500));
        await using var gateway = await ServiceProcess.StartGatewayAsync(
            [backends[0].Url],
            receiver.Settings("gateway")
        );

        using var response = await SendAsync(gateway, "/api/hello");

        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        var spans = await ReceiveAsync(receiver);
        var server = spans.Single(span => span.ParentId.Length == 0);
        server.HasFailed.ShouldBeTrue();
        server.Attributes["http.response.status_code"].ShouldBe("500");
    }

    [Fact]
    public async Task Probes_are_in_no_trace()
    {
        await using var receiver = await OtlpReceiver.StartAsync("key");
        var probes = 0;
        var recorded = 0;
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend =>
                backend.Health = context =>
                {
                    Interlocked.Increment(ref probes);
                    if (context.Request.Headers.TraceParent.ToString().EndsWith("01", StringComparison.Ordinal))
                    {
                        Interlocked.Increment(ref recorded);
                    }

                    return Task.CompletedTask;
                }
        );
        await using var gateway = await ServiceProcess.StartGatewayAsync(
            [backends[0].Url],
            [.. receiver.Settings("gateway"), ("Gateway:Health:Active:Interval", "00:00:00.050")]
        );

        await Eventually.Async(
            async () =>
            {
                (await gateway.Client.GetAsync("/health", Cancellation)).EnsureSuccessStatusCode().Dispose();
                (await gateway.Client.GetAsync("/alive", Cancellation)).EnsureSuccessStatusCode().Dispose();
                return Volatile.Read(ref probes) > 50;
            },
            "there were many probes, from both sides"
        );
        using var response = await SendAsync(gateway, "/api/hello", ("traceparent", Traceparent));

        // The spans of earlier probes would have arrived before it.
        var spans = await ReceiveAsync(receiver);
        spans.Where(span => span.TraceId != TraceId).Select(span => span.Name).Distinct().ShouldBeEmpty();
        // The gateway did not ask the replicas to record spans of probes.
        recorded.ShouldBe(0);
    }

    [Fact]
    public async Task Without_telemetry_the_trace_headers_of_the_client_pass_unchanged()
    {
        await using var backend = new RawBackend();
        await using var gateway = await ServiceProcess.StartGatewayAsync([backend.Url]);

        using var with = await SendAsync(
            gateway,
            "/api/hello",
            ("traceparent", Traceparent),
            ("tracestate", "a=b"),
            ("baggage", "c=d")
        );
        using var without = await SendAsync(gateway, "/api/hello");

        var requests = backend.Requests.ToArray();
        requests[0].Header("traceparent").ShouldBe([Traceparent]);
        requests[0].Header("tracestate").ShouldBe(["a=b"]);
        requests[0].Header("baggage").ShouldBe(["c=d"]);
        requests[1].Header("traceparent").ShouldBeEmpty();
    }

    private static async Task<HttpResponseMessage> SendAsync(
        ServiceProcess gateway,
        string path,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await gateway.Client.SendAsync(request, Cancellation);
    }

    /// <summary>Waits for the spans of a request. The span of the request itself ends last.</summary>
    private static async Task<IReadOnlyList<OtlpSpan>> ReceiveAsync(OtlpReceiver receiver)
    {
        IReadOnlyList<OtlpSpan> spans = [];
        await Eventually.Async(
            () =>
            {
                spans = receiver.Spans;
                return spans.Any(span => span.Attributes.ContainsKey("http.route"));
            },
            "the span of the request has come"
        );
        return spans;
    }
}
