using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
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
        await using var broken = new RawBackend(
            (_, connection) =>
            {
                connection.Reset();
                return Task.CompletedTask;
            }
        );
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await InProcessGateway.StartAsync(
            [broken.Url.AbsoluteUri, well.Url.AbsoluteUri],
            well.Url.AbsoluteUri,
            [("Gateway:AccessLog:Enabled", "true")],
            services => services.AddSingleton<ILoggerProvider>(log)
        );
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
            [backends[0].Url.AbsoluteUri],
            backends[0].Url.AbsoluteUri,
            [],
            services => services.AddSingleton<ILoggerProvider>(log)
        );

        await gateway.AskAsync(3);
        gateway.Change(("Gateway:AccessLog:Enabled", "true"));
        await gateway.AskAsync(1);

        await Eventually.Async(() => !log.Lines.IsEmpty, "there is a line");
        log.Lines.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_or_that_nobody_gets_is_told_as_such()
    {
        var log = new ListLoggerProvider();
        await using var backend = new RawBackend(
            async (request, connection) =>
            {
                if (request.Target == "/api/broken")
                {
                    await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
                    connection.Reset();
                }
                else
                {
                    await connection.HangAsync();
                }
            }
        );
        await using var gateway = await InProcessGateway.StartAsync(
            [backend.Url.AbsoluteUri],
            backend.Url.AbsoluteUri,
            [("Gateway:AccessLog:Enabled", "true")],
            services => services.AddSingleton<ILoggerProvider>(log).AddSingleton<IStartupFilter, ThrowingFilter>()
        );

        await Should.ThrowAsync<HttpRequestException>(() =>
            gateway.Client.GetStringAsync("/api/broken", TestContext.Current.CancellationToken)
        );
        using (var leaving = new CancellationTokenSource())
        {
            var left = gateway.Client.GetStringAsync("/api/slow", leaving.Token);
            await Eventually.Async(
                () => backend.Requests.Any(request => request.Target == "/api/slow"),
                "the replica has the request"
            );
            await leaving.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => left);
        }

        using (var thrown = await gateway.Client.GetAsync("/gateway/status", TestContext.Current.CancellationToken))
        {
            thrown.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        }

        await Eventually.Async(
            () =>
                Line("/api/broken") is not null && Line("/api/slow") is not null && Line("/gateway/status") is not null,
            "there are three lines"
        );
        Line("/api/broken").ShouldStartWith("GET /api/broken 200 aborted api-1 ");
        Line("/api/slow").ShouldStartWith("GET /api/slow aborted api-1 ");
        Line("/gateway/status").ShouldStartWith("GET /gateway/status 500 - ");

        string? Line(string path) =>
            log.Lines.FirstOrDefault(line => line.Contains($" {path} ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Retries_are_warned_of_once_a_second()
    {
        var log = new ListLoggerProvider("RetryLog");
        await using var broken = new RawBackend(
            (_, connection) =>
            {
                connection.Reset();
                return Task.CompletedTask;
            }
        );
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await InProcessGateway.StartAsync(
            [broken.Url.AbsoluteUri, well.Url.AbsoluteUri],
            well.Url.AbsoluteUri,
            [
                ("Gateway:Health:Passive:Enabled", "false"),
                ("Gateway:Failover:RetryPercent", "100"),
                ("Gateway:Failover:MinRetriesPerSecond", "10000"),
            ],
            services => services.AddSingleton<ILoggerProvider>(log)
        );

        var watch = Stopwatch.StartNew();
        await gateway.AskAsync(400);
        var elapsed = watch.Elapsed;

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{log.Lines.Count} warnings of 200 retries in {elapsed.TotalSeconds:F1} s."
        );
        log.Lines.Count.ShouldBeInRange(1, 2 + (int)elapsed.TotalSeconds);
        log.Lines.First().ShouldStartWith("api-1 failed GET /api/hello (");
    }

    /// <summary>Makes an endpoint throw that has chosen its status code.</summary>
    private sealed class ThrowingFilter : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Use(pipeline =>
                    context =>
                    {
                        if (context.Request.Path == "/gateway/status")
                        {
                            context.Response.OnStarting(() => throw new InvalidOperationException("On purpose."));
                        }

                        return pipeline(context);
                    }
                );
                next(app);
            };
    }

    /// <summary>Keeps what the access log writes.</summary>
    private sealed class ListLoggerProvider(string category = "AccessLogMiddleware") : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) =>
            new ListLogger(
                categoryName.EndsWith(category, StringComparison.Ordinal) ? Lines : new ConcurrentQueue<string>()
            );

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

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => lines.Enqueue(formatter(state, exception));
    }
}
