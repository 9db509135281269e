using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Health;

/// <summary>Healthy while an HTTP request is answered with the status expected.</summary>
internal sealed class HttpHealthCheck(EndpointReference endpoint, string path, int statusCode) : IHealthCheck
{
    private const int MostOfBody = 300;

    // One connection a probe: a probe must tell what a new client would find.
    private static readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        DefaultRequestHeaders = { ConnectionClose = true },
    };

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var url = new Uri(new Uri(endpoint.Url), path);
        try
        {
            using var response = await _client.GetAsync(url, cancellationToken);
            if ((int)response.StatusCode == statusCode)
            {
                return HealthCheckResult.Healthy();
            }

            var body = (await response.Content.ReadAsStringAsync(cancellationToken)).Trim();
            return HealthCheckResult.Unhealthy(
                $"GET {url} answered {(int)response.StatusCode}, not {statusCode}: {body[..Math.Min(body.Length, MostOfBody)]}");
        }
        catch (HttpRequestException e)
        {
            return HealthCheckResult.Unhealthy($"GET {url} failed: {e.Message}");
        }
    }
}
