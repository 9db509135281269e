namespace Softy.ServiceDefaults.Health;

/// <summary>
/// Probes the running service from its own program: <c>service --probe /health</c>. A container's health check then
/// needs neither a shell nor curl in the image.
/// </summary>
internal static class HealthProbe
{
    private const string Option = "--probe";
    private const string DefaultPort = "8080";

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(3);

    /// <summary>Whether the program was started to probe the service instead of running it.</summary>
    /// <param name="args">The command line arguments.</param>
    /// <returns>Whether it was.</returns>
    public static bool IsRequested(string[] args) => args is [Option, ..];

    /// <summary>Probes the service on this machine, at the port that the environment sets.</summary>
    /// <param name="args">The command line arguments: the option, and the path to probe.</param>
    /// <returns>The exit code: 0 when the response is a success, else 1.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var path = args is [_, var requested, ..] ? requested : Extensions.HealthEndpointPath;
        var ports =
            Environment.GetEnvironmentVariable("HTTP_PORTS")
            ?? Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS")
            ?? DefaultPort;
        var address = $"http://127.0.0.1:{ports.Split(';')[0]}{path}";
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = _timeout };
        try
        {
            using var response = await client.GetAsync(new Uri(address));
            if (response.IsSuccessStatusCode)
            {
                return 0;
            }

            await Console.Error.WriteLineAsync($"{address} answered {(int)response.StatusCode}.");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or UriFormatException)
        {
            await Console.Error.WriteLineAsync($"{address} did not answer: {e.Message}");
        }

        return 1;
    }
}
