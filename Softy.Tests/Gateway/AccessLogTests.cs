using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

[Collection(GatewayCollection.Name)]
public sealed class AccessLogTests
{
    [Fact]
    public async Task Each_request_leaves_one_line_without_its_query()
    {
        var log = new ListLoggerProvider();
        await using var broken = new RawBackend((_, connection) =>
        {
            connection.Reset();
            return Task.CompletedTask;
        });
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await InProcessGateway.StartAsync(
            [broken.Url.AbsoluteUri, well.Url.AbsoluteUri],
            well.Url.AbsoluteUri,
            [("Gateway:AccessLog:Enabled", "true")],
            services => services.AddSingleton<ILoggerProvider>(log));
        var before = log.Lines.Count;

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/a%0Ab?password=secret")
        {
            Headers = { { "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" } },
        };
        using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
        await Eventually.Async(() => log.Lines.Count > before, "there is a line");

        var line = log.Lines.Single(text => text.Contains("/api/", StringComparison.Ordinal));
        line.ShouldMatch(@"^GET /api/a%0Ab 200 api-2 [0-9.]+ ms, 1 retries, trace 4bf92f3577b34da6a3ce929d0e0e4736$");
    }

    [Fact]
    public async Task There_is_none_unless_it_is_asked_for()
    {
        var log = new ListLoggerProvider();
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(
            [backends[0].Url.AbsoluteUri], backends[0].Url.AbsoluteUri, [], services => services.AddSingleton<ILoggerProvider>(log));

        await gateway.AskAsync(3);
        gateway.Change(("Gateway:AccessLog:Enabled", "true"));
        await gateway.AskAsync(1);

        await Eventually.Async(() => !log.Lines.IsEmpty, "there is a line");
        log.Lines.Count.ShouldBe(1);
    }

    /// <summary>Keeps what the access log writes.</summary>
    private sealed class ListLoggerProvider : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) =>
            new ListLogger(categoryName.EndsWith("AccessLogMiddleware", StringComparison.Ordinal) ? Lines : new ConcurrentQueue<string>());

        public void Dispose()
        {
            // Nothing to let go.
        }
    }

    private sealed class ListLogger(ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(formatter(state, exception));
    }
}
