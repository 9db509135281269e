using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Softy.Tests.Telemetry;

/// <summary>Receives what services export over OTLP, as the dashboard does, and keeps every byte of it.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    /// <summary>The flag and the length before every gRPC message.</summary>
    private const int PrefixLength = 5;

    private readonly WebApplication _app;
    private readonly string _key;
    private readonly ConcurrentQueue<(string Signal, byte[] Content)> _received = new();

    private OtlpReceiver(string key)
    {
        _key = key;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2)
        );
        _app = builder.Build();
        _app.Run(ReceiveAsync);
    }

    public string Address => _app.Urls.Single();

    /// <summary>All spans so far.</summary>
    public IReadOnlyList<OtlpSpan> Spans =>
        [
            .. _received
                .Where(received => received.Signal == "trace")
                .SelectMany(received => OtlpSpan.Parse(received.Content[PrefixLength..])),
        ];

    /// <summary>The number of exports of a signal by a service.</summary>
    public int Count(string signal, string service) =>
        _received.Count(received =>
            received.Signal == signal
            && OtlpSpan.Services(received.Content[PrefixLength..]).Contains(service, StringComparer.Ordinal)
        );

    /// <summary>Starts listening.</summary>
    /// <param name="key">The key that exporters must send, as for the dashboard.</param>
    public static async Task<OtlpReceiver> StartAsync(string key)
    {
        var receiver = new OtlpReceiver(key);
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Whether a text occurs in the data of a signal: <c>trace</c>, <c>logs</c> or <c>metrics</c>.</summary>
    public bool Has(string signal, string text) => SignalsWith(text).Contains(signal, StringComparer.Ordinal);

    /// <summary>The signals whose data contain a text, either as it is or escaped as in a URL.</summary>
    public string[] SignalsWith(string text)
    {
        byte[][] forms = [Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(Uri.EscapeDataString(text))];
        return
        [
            .. _received
                .Where(received => Array.Exists(forms, form => received.Content.AsSpan().IndexOf(form) >= 0))
                .Select(received => received.Signal)
                .Distinct(),
        ];
    }

    /// <summary>The settings with which a service exports everything to this receiver without delay.</summary>
    /// <param name="service">Its name.</param>
    public (string Key, string Value)[] Settings(string service) =>
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_HEADERS", $"x-otlp-api-key={_key}"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "200"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
            // As in the AppHost: a span is recorded whatever the sampling decision of its parent.
            ("OTEL_TRACES_SAMPLER", "always_on"),
            ("OTEL_SERVICE_NAME", service),
        ];

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);

        // Compressed data could not be searched.
        if (context.Request.Headers["x-otlp-api-key"] != _key || body.Length < PrefixLength || body.GetBuffer()[0] != 0)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        // The path is "/opentelemetry.proto.collector.trace.v1.TraceService/Export".
        _received.Enqueue((context.Request.Path.Value!.Split('.')[3], body.ToArray()));
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[PrefixLength], context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
