using System.Net.Http.Json;
using System.Net.WebSockets;

namespace Softy.Tests.Gateway.Support;

/// <summary>A running gateway.</summary>
internal interface IGateway : IAsyncDisposable
{
    Uri Url { get; }

    /// <summary>All addresses, of which <see cref="Url"/> is one.</summary>
    IReadOnlyList<Uri> Addresses { get; }

    HttpClient Client { get; }
}

internal sealed record GatewayStatus(string Policy, double UptimeSeconds, IReadOnlyList<ReplicaStatus> Replicas);

internal sealed record ReplicaStatus(
    string Name,
    string Health,
    long Requests,
    long Failures,
    long Retries,
    int InFlight,
    double? P50Ms,
    double? P99Ms
);

internal static class GatewayTestExtensions
{
    /// <summary>
    /// The default of the tests' gateways: a healthy replica may take long to answer a probe, because the machine is
    /// busy.
    /// </summary>
    public static readonly (string Key, string Value) PatientProbes = ("Gateway:Health:Active:Timeout", "00:00:30");

    public static async Task<GatewayStatus> StatusAsync(this IGateway gateway) =>
        (await gateway.Client.GetFromJsonAsync<GatewayStatus>("/gateway/status", Cancellation))!;

    /// <summary>Waits until the gateway reports that it is ready.</summary>
    public static Task WaitUntilReadyAsync(this IGateway gateway) =>
        Eventually.Async(
            async () =>
            {
                using var response = await gateway.Client.GetAsync("/health", Cancellation);
                return response.IsSuccessStatusCode;
            },
            "the gateway is ready"
        );

    /// <summary>Waits until the status meets a condition.</summary>
    public static Task WaitForStatusAsync(this IGateway gateway, Func<GatewayStatus, bool> expected, string what) =>
        Eventually.Async(async () => expected(await gateway.StatusAsync()), what);

    /// <summary>Waits until every replica is healthy, so that all of them take turns.</summary>
    public static Task WaitUntilAllAreHealthyAsync(this IGateway gateway, int replicas) =>
        gateway.WaitForStatusAsync(
            status => status.Replicas.Count == replicas && status.Replicas.All(replica => replica.Health == "healthy"),
            $"{replicas} replicas are healthy"
        );

    /// <summary>
    /// Waits until no request is in flight: the gateway counts a request for a moment longer than its client waits.
    /// </summary>
    public static Task WaitUntilIdleAsync(this IGateway gateway) =>
        gateway.WaitForStatusAsync(
            status => status.Replicas.All(replica => replica.InFlight == 0),
            "nothing is in flight"
        );

    /// <summary>Opens a WebSocket.</summary>
    public static async Task<ClientWebSocket> ConnectWebSocketAsync(this IGateway gateway, string path = "/api/echo")
    {
        var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(new UriBuilder(gateway.Url) { Scheme = "ws", Path = path }.Uri, Cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends GET requests one after the other.</summary>
    /// <returns>The name of the replica that answered each request.</returns>
    public static async Task<string[]> AskAsync(this IGateway gateway, int count, string path = "/api/hello")
    {
        var names = new string[count];
        for (var i = 0; i < count; i++)
        {
            using var response = await gateway.Client.GetAsync(path, Cancellation);
            response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync(Cancellation));
            names[i] = response.Instance();
        }

        return names;
    }

    public static string Instance(this HttpResponseMessage response) =>
        response.Headers.GetValues("X-Softy-Instance").Single();

    public static int Retries(this HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Softy-Retries", out var values)
            ? int.Parse(values.Single(), System.Globalization.CultureInfo.InvariantCulture)
            : 0;
}
