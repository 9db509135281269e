using Softy.Tests.Application;

namespace Softy.Tests.Gateway.Support;

/// <summary>
/// A gateway for tests that only send it requests: in the test process, which is quicker, or in a run with native
/// programs the native gateway.
/// </summary>
internal static class TestGateway
{
    /// <summary>Starts a gateway for one server, which is both its only replica and the web site.</summary>
    public static Task<IGateway> StartAsync(Uri server, params (string Key, string Value)[] settings) =>
        StartAsync([server], settings);

    /// <summary>Starts a gateway for replicas, the first of which is also the web site.</summary>
    public static Task<IGateway> StartAsync(
        IReadOnlyCollection<Backend> api,
        params (string Key, string Value)[] settings
    ) => StartAsync([.. api.Select(backend => backend.Url)], settings);

    /// <summary>Starts a gateway for replicas, the first of which is also the web site.</summary>
    public static async Task<IGateway> StartAsync(
        IReadOnlyList<Uri> api,
        params (string Key, string Value)[] settings
    ) =>
        Programs.AreNative
            ? await ServiceProcess.StartGatewayAsync(api, [("Draining:Delay", "00:00:00"), .. settings])
            : await InProcessGateway.StartAsync(api, settings);

    /// <summary>Starts a gateway for replicas and a web site of its own.</summary>
    public static async Task<IGateway> StartAsync(
        string[] api,
        string web,
        params (string Key, string Value)[] settings
    ) =>
        Programs.AreNative
            ? await ServiceProcess.StartGatewayAsync(
                [.. api.Select(url => new Uri(url))],
                [("Draining:Delay", "00:00:00"), ("services:web:http:0", web), .. settings]
            )
            : await InProcessGateway.StartAsync(api, web, settings);
}
