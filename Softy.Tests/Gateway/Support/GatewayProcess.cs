using Softy.Tests.Application;

namespace Softy.Tests.Gateway.Support;

/// <summary>The gateway as a separate process.</summary>
internal static class GatewayProcess
{
    /// <summary>
    /// Starts the gateway, and waits until it is ready. The first replica also serves as the web site.
    /// </summary>
    public static Task<ServiceProcess> StartAsync(
        IReadOnlyCollection<Backend> api,
        params (string Key, string Value)[] settings
    ) => ServiceProcess.StartGatewayAsync([.. api.Select(backend => backend.Url)], settings);
}
