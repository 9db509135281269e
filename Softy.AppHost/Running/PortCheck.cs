using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Softy.AppHost.Running;

/// <summary>Checks that fixed ports are free before the application starts.</summary>
internal static partial class PortCheck
{
    // The services of a killed AppHost take up to 13 seconds to notice that and exit.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(200);

    private static readonly string[] _dashboardAddresses =
    [
        "ASPNETCORE_URLS",
        "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL",
        "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL",
    ];

    /// <summary>
    /// Waits for fixed ports that are in use, and after a timeout fails with an error that names the process. Otherwise
    /// the service would fail with an error in its own log only.
    /// </summary>
    /// <param name="builder">The application.</param>
    public static void CheckPorts(this IDistributedApplicationBuilder builder) =>
        builder.Eventing.Subscribe<BeforeStartEvent>(
            async (start, cancellationToken) =>
            {
                var logger = start.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Softy");
                var ports = start
                    .Model.Resources.Where(resource => resource.Name != "aspire-dashboard")
                    .SelectMany(resource =>
                        resource
                            .Annotations.OfType<EndpointAnnotation>()
                            .Where(endpoint => !endpoint.IsProxied && endpoint.Port is > 0)
                            .Select(endpoint => (Port: endpoint.Port!.Value, For: $"'{resource.Name}'"))
                    );
                if (start.Model.Resources.Any(resource => resource.Name == "aspire-dashboard"))
                {
                    ports = ports.Concat(
                        DashboardPorts(builder.Configuration).Select(port => (Port: port, For: "the dashboard"))
                    );
                }

                foreach (var (port, user) in ports.ToList())
                {
                    await WaitUntilFreeAsync(port, user, logger, cancellationToken);
                }
            }
        );

    private static IEnumerable<int> DashboardPorts(ConfigurationManager configuration) =>
        _dashboardAddresses
            .SelectMany(key => (configuration[key] ?? string.Empty).Split(';', StringSplitOptions.RemoveEmptyEntries))
            .Select(address => Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri.Port : 0)
            .Where(port => port > 0);

    private static async Task WaitUntilFreeAsync(
        int port,
        string user,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var waited = TimeSpan.Zero;
        while (IsTaken(port))
        {
            if (waited == TimeSpan.Zero)
            {
                LogWaiting(logger, port, user, PortOwner.Describe(port));
            }

            if (waited > _timeout)
            {
                throw new DistributedApplicationException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Port {port}, which {user} needs, is taken by {PortOwner.Describe(port)}. "
                            + $"Stop that, or set another port: Gateway:Port, Gateway:HttpsPort, or for the dashboard "
                            + $"ASPNETCORE_URLS and the variables beside it in launchSettings.json."
                    )
                );
            }

            await Task.Delay(_pollInterval, cancellationToken);
            waited += _pollInterval;
        }
    }

    // Uses the system's list of listeners, because binding the port would also fail for connections that are still
    // closing.
    private static bool IsTaken(int port) =>
        IPGlobalProperties
            .GetIPGlobalProperties()
            .GetActiveTcpListeners()
            .Any(listener =>
                listener.Port == port
                && (
                    IPAddress.IsLoopback(listener.Address)
                    || listener.Address.Equals(IPAddress.Any)
                    || listener.Address.Equals(IPAddress.IPv6Any)
                )
            );

    [LoggerMessage(3, LogLevel.Warning, "Port {Port}, which {User} needs, is taken by {Holder}; waiting for it.")]
    private static partial void LogWaiting(ILogger logger, int port, string user, string holder);
}
