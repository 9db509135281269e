using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>The access log has one line for each request, and a warning tells of retries.</summary>
[Collection(GatewayCollection.Name)]
public sealed class AccessLogTests
{
    [Fact]
    public async Task Each_request_leaves_one_line_without_its_query()
    {
        using var log = new LogRecorder();
        await using var broken = RawBackend.Resetting();
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await InProcessGateway.StartAsync(
            [broken.Url, well.Url],
            [("Gateway:AccessLog:Enabled", "true")],
            services => services.AddSingleton<ILoggerProvider>(log)
        );
        var before = Lines(log).Count;

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/a%0Ab?password=secret")
        {
            Headers = { { "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" } },
        };
        using var response = await gateway.Client.SendAsync(request, Cancellation);
        await Eventually.Async(() => Lines(log).Count > before, "there is a line");

        var line = Lines(log).Single(text => text.Contains("/api/", StringComparison.Ordinal));
        line.ShouldMatch(@"^GET /api/a%0Ab 200 api-2 [0-9.]+ ms, 1 retries, trace 4bf92f3577b34da6a3ce929d0e0e4736$");
    }

    [Fact]
    public async Task There_is_no_access_log_unless_it_is_enabled()
    {
        using var log = new LogRecorder();
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(
            [backends[0].Url],
            [],
            services => services.AddSingleton<ILoggerProvider>(log)
        );

        await gateway.AskAsync(3);
        gateway.Change(("Gateway:AccessLog:Enabled", "true"));
        await gateway.AskAsync(1);

        await Eventually.Async(() => Lines(log).Count > 0, "there is a line");
        Lines(log).Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_aborted_response_is_logged_as_aborted()
    {
        using var log = new LogRecorder();
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
            [backend.Url],
            [("Gateway:AccessLog:Enabled", "true")],
            services => services.AddSingleton<ILoggerProvider>(log).AddSingleton<IStartupFilter, ThrowingFilter>()
        );

        await Should.ThrowAsync<HttpRequestException>(() => gateway.Client.GetStringAsync("/api/broken", Cancellation));
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

        using (var thrown = await gateway.Client.GetAsync("/gateway/status", Cancellation))
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
            Lines(log).FirstOrDefault(line => line.Contains($" {path} ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Retries_are_logged_once_a_second()
    {
        using var log = new LogRecorder();
        await using var broken = RawBackend.Resetting();
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await InProcessGateway.StartAsync(
            [broken.Url, well.Url],
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

        var warnings = Lines(log, "RetryLog");
        Output.WriteLine($"{warnings.Count} warnings of 200 retries in {elapsed.TotalSeconds:F1} s.");
        warnings.Count.ShouldBeInRange(1, 2 + (int)elapsed.TotalSeconds);
        warnings[0].ShouldStartWith("api-1 failed GET /api/hello (");
    }

    private static IReadOnlyList<string> Lines(LogRecorder log, string category = "AccessLogMiddleware") =>
        [
            .. log
                .Lines.Where(line => line.Category.EndsWith(category, StringComparison.Ordinal))
                .Select(line => line.Text),
        ];

    /// <summary>Makes an endpoint throw after it has set its status code.</summary>
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
}
