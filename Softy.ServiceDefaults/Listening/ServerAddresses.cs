using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Softy.ServiceDefaults.Listening;

/// <summary>
/// Adds endpoints of a service's own settings to the usual ones of its server. They use the same hosts, which come from
/// <c>ASPNETCORE_URLS</c>, <c>HTTP_PORTS</c> or <c>--urls</c>.
/// </summary>
/// <remarks>
/// Such endpoints are added as addresses and recognized by their ports when they are bound. If they were added with
/// <c>Listen</c> in code, Kestrel would ignore the configured addresses.
/// </remarks>
public static class ServerAddresses
{
    private const string Default = "http://localhost:5000";

    /// <summary>
    /// Adds ports to the server's addresses. If <c>Kestrel:Endpoints</c> is configured, the server binds only those
    /// endpoints, and this method adds nothing. An endpoint there can use one of the ports.
    /// </summary>
    /// <param name="addresses">The server's addresses, which are empty unless code has added some.</param>
    /// <param name="configuration">The settings of the service.</param>
    /// <param name="ports">The ports to add, with the scheme of each: <c>http</c> or <c>https</c>.</param>
    public static void Add(
        ICollection<string> addresses,
        IConfiguration configuration,
        IReadOnlyCollection<(string Scheme, int Port)> ports
    )
    {
        ArgumentNullException.ThrowIfNull(addresses);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(ports);

        if (ports.Count == 0 || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            return;
        }

        var configured = GetConfigured(configuration);
        var bindings = configured
            .Select(BindingAddress.Parse)
            .Where(address => !address.IsUnixPipe && !address.IsNamedPipe)
            .ToList();
        foreach (var host in bindings.Select(address => address.Host).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            foreach (var (scheme, port) in ports)
            {
                // An orchestrator may have listed the port too.
                if (!bindings.Exists(address => address.Port == port))
                {
                    addresses.Add($"{scheme}://{host}:{port}");
                }
            }
        }

        foreach (var address in configured)
        {
            addresses.Add(address);
        }
    }

    // Reads the same settings as the server does when it has no addresses.
    private static string[] GetConfigured(IConfiguration configuration)
    {
        if (Split(configuration, WebHostDefaults.ServerUrlsKey) is { Length: > 0 } urls)
        {
            return urls;
        }

        string[] byPort =
        [
            .. Split(configuration, WebHostDefaults.HttpPortsKey).Select(port => $"http://*:{port}"),
            .. Split(configuration, WebHostDefaults.HttpsPortsKey).Select(port => $"https://*:{port}"),
        ];
        return byPort.Length > 0 ? byPort : [Default];
    }

    private static string[] Split(IConfiguration configuration, string key) =>
        (configuration[key] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
