using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Softy.Gateway.Discovery;
using Softy.ServiceDefaults;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Replicas drain as Softy's services do, and DNS names them for longer than they run.</summary>
[Collection(GatewayCollection.Name)]
public sealed class DrainTests
{
    [Fact]
    public async Task No_POST_without_a_key_fails_when_a_stopped_replica_stays_in_DNS_for_ten_seconds()
    {
        var received = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        await using var first = await DrainingReplica.StartAsync("api-1", "127.0.0.2", 0, received);
        await using var second = await DrainingReplica.StartAsync("api-2", "127.0.0.3", first.Port, received);
        await using var third = await DrainingReplica.StartAsync("api-3", "127.0.0.4", first.Port, received);
        IPAddress[] addresses = [.. Enumerable.Range(2, 3).Select(number => IPAddress.Parse($"127.0.0.{number}"))];
        var lookups = 0;
        var resolver = new ScriptedResolver { Answer = () => addresses };
        await using var gateway = await InProcessGateway.StartAsync(
            [$"http://api.test:{first.Port}"],
            $"http://127.0.0.2:{first.Port}",
            [("Gateway:Discovery:RefreshInterval", "00:00:10")],
            services => services.Replace(ServiceDescriptor.Singleton<IHostResolver>(resolver))
        );
        using var stop = new CancellationTokenSource();
        var result = new LoadResult();
        var sent = 0;
        var pace = new Pace();
        var load = Load.RunUntilAsync(
            gateway.Url,
            stop.Token,
            connections: 16,
            result: result,
            pace: pace,
            request: index =>
            {
                Interlocked.Increment(ref sent);
                return new HttpRequestMessage(HttpMethod.Post, "/api/messages")
                {
                    Content = new StringContent($"{index}"),
                };
            }
        );
        await Eventually.Async(() => result.Instances.Count == 3, "all three get requests");

        // As with `docker stop`: the process ends when it has drained, and its address is removed from DNS later.
        await third.StopAsync();
        resolver.Answer = () =>
        {
            Interlocked.Increment(ref lookups);
            return addresses[..2];
        };
        await third.DisposeAsync();
        var before = result.Succeeded;
        await Eventually.Async(
            () => result.Succeeded > before + 1_000,
            "requests go on while the DNS still has the address"
        );
        pace.Ease();
        Volatile.Read(ref lookups).ShouldBe(0, "the DNS was asked again too early for this test");
        await Eventually.Async(() => Volatile.Read(ref lookups) > 0, "the DNS has forgotten the address");

        await stop.CancelAsync();
        (await load).ShouldHaveNoFailures();
        received.Count.ShouldBe(sent);
        received.Values.ShouldAllBe(count => count == 1);
        Output.WriteLine($"{sent} POSTs without a key, none failed, none came twice.");
    }

    /// <summary>A service with Softy's health endpoint and shutdown.</summary>
    private sealed class DrainingReplica(WebApplication app) : IAsyncDisposable
    {
        public int Port { get; } =
            new Uri(
                app.Services.GetRequiredService<IServer>()
                    .Features.GetRequiredFeature<IServerAddressesFeature>()
                    .Addresses.Single()
            ).Port;

        public static async Task<DrainingReplica> StartAsync(
            string name,
            string address,
            int port,
            ConcurrentDictionary<string, int> received
        )
        {
            var builder = WebApplication.CreateBuilder();
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection([
                new("Instance:Name", name),
                new("Instance:Service", "api"),
                new("urls", ""),
            ]);
            builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Parse(address), port));
            builder.AddServiceDefaults();
            var app = builder.Build();
            app.MapDefaultEndpoints();
            app.MapPost(
                "/api/messages",
                async context =>
                {
                    using var reader = new StreamReader(context.Request.Body);
                    received.AddOrUpdate(
                        await reader.ReadToEndAsync(context.RequestAborted),
                        1,
                        (_, count) => count + 1
                    );
                    await context.Response.WriteAsync("ok", context.RequestAborted);
                }
            );
            await app.StartAsync(Cancellation);
            return new DrainingReplica(app);
        }

        public Task StopAsync() => app.StopAsync(Cancellation);

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
