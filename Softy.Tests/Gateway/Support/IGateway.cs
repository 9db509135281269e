using System.Net.Http.Json;

namespace Softy.Tests.Gateway.Support;

/// <summary>A gateway that runs.</summary>
internal interface IGateway : IAsyncDisposable
{
    Uri Url { get; }

    HttpClient Client { get; }
}

internal sealed record GatewayStatus(string Policy, double UptimeSeconds, IReadOnlyList<ReplicaStatus> Replicas);

internal sealed record ReplicaStatus(
    string Name, string Health, long Requests, long Failures, long Retries, int InFlight, double? P50Ms, double? P99Ms);

internal static class GatewayTestExtensions
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    public static async Task<GatewayStatus> StatusAsync(this IGateway gateway) =>
        (await gateway.Client.GetFromJsonAsync<GatewayStatus>("/gateway/status", TestContext.Current.CancellationToken))!;

    /// <summary>Waits until the gateway says of itself that it is ready.</summary>
    public static Task WaitUntilReadyAsync(this IGateway gateway) => Eventually.Async(
        async () =>
        {
            using var response = await gateway.Client.GetAsync("/health", TestContext.Current.CancellationToken);
            return response.IsSuccessStatusCode;
        },
        "the gateway is ready",
        _patience);

    /// <summary>Waits until the status shows what is expected.</summary>
    public static Task WaitForStatusAsync(this IGateway gateway, Func<GatewayStatus, bool> expected, string what) =>
        Eventually.Async(async () => expected(await gateway.StatusAsync()), what, _patience);

    /// <summary>Sends GET requests one after the other.</summary>
    /// <returns>Who answered each.</returns>
    public static async Task<string[]> AskAsync(this IGateway gateway, int count, string path = "/api/hello")
    {
        var names = new string[count];
        for (var i = 0; i < count; i++)
        {
            using var response = await gateway.Client.GetAsync(path, TestContext.Current.CancellationToken);
            response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            names[i] = response.Instance();
        }

        return names;
    }

    public static string Instance(this HttpResponseMessage response) => response.Headers.GetValues("X-Softy-Instance").Single();

    public static int Retries(this HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Softy-Retries", out var values)
            ? int.Parse(values.Single(), System.Globalization.CultureInfo.InvariantCulture)
            : 0;
}
