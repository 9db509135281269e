using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Softy.Tests.Gateway.Support;

/// <summary>
/// A replica in the test process, whose behaviour the test defines. Gateways of tests use both of its ports: HTTP/2 for
/// requests without a body, HTTP/1.1 for the others and for probes.
/// </summary>
internal sealed class Backend : IAsyncDisposable
{
    private readonly IPAddress _address;
    private WebApplication? _app;
    private int _probes;

    private Backend(string name, IPAddress address)
    {
        Name = name;
        _address = address;
        Answer = context => context.Response.WriteAsync("Hello, World!", context.RequestAborted);
    }

    public string Name { get; }

    public int Port { get; private set; }

    public int Http2Port { get; private set; }

    public Uri Url => new UriBuilder("http", _address.ToString(), Port).Uri;

    /// <summary>Whether the replica has a port for HTTP/2, and announces it in its answers to probes.</summary>
    public bool AcceptsHttp2 { get; set; } = true;

    /// <summary>The port that the replica announces, if it is not <see cref="Http2Port"/>.</summary>
    public int? AnnouncedHttp2Port { get; set; }

    /// <summary>Handles requests other than probes.</summary>
    public RequestDelegate Answer { get; set; }

    /// <summary>Handles probes.</summary>
    public RequestDelegate Health { get; set; } = _ => Task.CompletedTask;

    /// <summary>Whether the replica names itself in its responses.</summary>
    public bool NamesItself { get; set; } = true;

    /// <summary>The service that the replica names in responses to probes, if any.</summary>
    public string? Service { get; set; }

    /// <summary>Whether the replica accepts WebSockets, and echoes their messages.</summary>
    public bool AcceptsWebSockets { get; set; }

    /// <summary>The number of probes so far.</summary>
    public int Probes => _probes;

    /// <summary>The requests other than probes, as method and path.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public static Task<Backend> StartAsync(string name, Action<Backend>? configure = null) =>
        StartAsync(name, IPAddress.Loopback, 0, configure);

    public static async Task<Backend> StartAsync(
        string name,
        IPAddress address,
        int port,
        Action<Backend>? configure = null
    )
    {
        var backend = new Backend(name, address) { Port = port };
        configure?.Invoke(backend);
        await backend.StartAsync();
        return backend;
    }

    public static async Task<Backends> StartSeveralAsync(int count, Action<Backend>? configure = null) =>
        new(await Task.WhenAll(Enumerable.Range(1, count).Select(number => StartAsync($"api-{number}", configure))));

    /// <summary>Starts listening, on the same port as before.</summary>
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.Listen(_address, Port);
            if (AcceptsHttp2)
            {
                server.Listen(_address, Http2Port, endpoint => endpoint.Protocols = HttpProtocols.Http2);
            }

            server.Limits.MaxRequestBodySize = null;
            server.Limits.MinRequestBodyDataRate = null;
        });

        var app = builder.Build();
        app.UseWebSockets();
        app.Run(HandleAsync);
        await app.StartAsync();
        _app = app;
        int[] ports =
        [
            .. app
                .Services.GetRequiredService<IServer>()
                .Features.GetRequiredFeature<IServerAddressesFeature>()
                .Addresses.Select(address => new Uri(address).Port),
        ];
        Port = ports[0];
        if (AcceptsHttp2)
        {
            Http2Port = ports[1];
        }
    }

    /// <summary>Whether the replica listens.</summary>
    public bool IsRunning => _app is not null;

    /// <summary>Aborts every connection, and stops listening.</summary>
    public async Task CrashAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync(new CancellationToken(canceled: true));
            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await CrashAsync();

    private Task HandleAsync(HttpContext context)
    {
        if (NamesItself)
        {
            context.Response.Headers["X-Softy-Instance"] = Name;
        }

        if (context.Request.Path == "/health")
        {
            if (Service is not null)
            {
                context.Response.Headers["X-Softy-Service"] = Service;
            }

            if (AcceptsHttp2)
            {
                context.Response.Headers["X-Softy-Http2-Port"] = (AnnouncedHttp2Port ?? Http2Port).ToString(
                    CultureInfo.InvariantCulture
                );
            }

            Interlocked.Increment(ref _probes);
            return Health(context);
        }

        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}");
        return AcceptsWebSockets && context.WebSockets.IsWebSocketRequest ? EchoAsync(context) : Answer(context);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                return;
            }

            await socket.SendAsync(
                buffer.AsMemory(0, received.Count),
                received.MessageType,
                received.EndOfMessage,
                context.RequestAborted
            );
        }
    }
}

/// <summary>Several replicas: <c>api-1</c>, <c>api-2</c>, …</summary>
internal sealed class Backends(IReadOnlyList<Backend> all)
    : System.Collections.ObjectModel.ReadOnlyCollection<Backend>([.. all]),
        IAsyncDisposable
{
    public string[] Names => [.. this.Select(backend => backend.Name)];

    public async ValueTask DisposeAsync()
    {
        foreach (var backend in this)
        {
            await backend.DisposeAsync();
        }
    }
}
