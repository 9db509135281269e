using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Softy.Tests.Application;

namespace Softy.Tests.Api;

/// <summary>A replica whose stores accept connections and never answer.</summary>
public sealed class SilentStoreTests
{
    [Fact]
    public async Task A_replica_starts_reports_its_health_and_stops_without_its_stores()
    {
        using var postgres = new TcpListener(IPAddress.Loopback, 0);
        using var redis = new TcpListener(IPAddress.Loopback, 0);
        postgres.Start();
        redis.Start();
        // Requests may wait a minute for a store, but a health report may not.
        await using var api = await ServiceProcess.StartAsync<Projects.Softy_Api>(
            ("DB_HOST", $"{postgres.LocalEndpoint}"),
            ("DB_NAME", "d"),
            ("DB_USER", "u"),
            ("DB_PASS", "p"),
            ("ConnectionStrings:redis", $"{redis.LocalEndpoint},password=p"),
            ("Stores:PostgresTimeout", "00:01:00"),
            ("Stores:RedisTimeout", "00:01:00"),
            ("Draining:Delay", "00:00:00.100"),
            ("Draining:Timeout", "00:00:03")
        );
        api.Client.Timeout = TimeSpan.FromSeconds(20);

        (await api.Client.GetStringAsync("/api/hello", Cancellation)).ShouldNotBeEmpty();
        using var response = await api.Client.GetAsync("/health", Cancellation);
        var checks = (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("checks");
        checks.GetProperty("redis").GetProperty("status").GetString().ShouldBe("Degraded");
        checks.GetProperty("postgres").GetProperty("status").GetString().ShouldBe("Degraded");

        var (exitCode, duration) = await api.TerminateAsync();

        Output.WriteLine($"Ended after {duration.TotalSeconds:F2} s.");
        exitCode.ShouldBe(0, api.Output);
        duration.ShouldBeLessThan(TimeSpan.FromSeconds(20));
        // The client library would log a hundred lines for each attempt to connect.
        api.Output.ShouldNotContain("info: StackExchange.Redis");
    }
}
