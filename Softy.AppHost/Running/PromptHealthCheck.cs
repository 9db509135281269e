using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Softy.AppHost.Running;

/// <summary>Health checks that detect a started resource without delay.</summary>
internal static class PromptHealthCheck
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _minDelay = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan _maxDelay = TimeSpan.FromMilliseconds(250);

    private static readonly HttpClient _client = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1),
        }
    )
    {
        Timeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>
    /// Adds a health check by an HTTP request. Aspire's own check waits for 1, 2, 3 ... seconds after each failure,
    /// which adds up for resources that wait for each other.
    /// </summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="path">The path of the request.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<T> WithPromptHttpHealthCheck<T>(this IResourceBuilder<T> builder, string path)
        where T : IResourceWithEndpoints
    {
        var endpoint = builder.Resource.GetEndpoint("http");
        return builder.WithPromptHealthCheck(async cancellationToken =>
        {
            using var response = await _client.GetAsync(new Uri(new Uri(endpoint.Url), path), cancellationToken);
            return response.IsSuccessStatusCode
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"{path} answers {(int)response.StatusCode}.");
        });
    }

    /// <summary>Adds a health check that is repeated for some seconds until it succeeds.</summary>
    /// <typeparam name="T">The kind of resource.</typeparam>
    /// <param name="builder">The resource.</param>
    /// <param name="check">Checks the resource once. An exception counts as unhealthy.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<T> WithPromptHealthCheck<T>(
        this IResourceBuilder<T> builder,
        Func<CancellationToken, Task<HealthCheckResult>> check
    )
        where T : IResource
    {
        var key = $"{builder.Resource.Name}_prompt";
        builder
            .ApplicationBuilder.Services.AddHealthChecks()
            .AddAsyncCheck(key, cancellationToken => RunUntilHealthyAsync(check, cancellationToken));
        return builder.WithHealthCheck(key);
    }

    private static async Task<HealthCheckResult> RunUntilHealthyAsync(
        Func<CancellationToken, Task<HealthCheckResult>> check,
        CancellationToken cancellationToken
    )
    {
        var started = Stopwatch.GetTimestamp();
        for (var pause = _minDelay; ; pause = pause * 1.5 < _maxDelay ? pause * 1.5 : _maxDelay)
        {
            var result = await RunOnceAsync(check, cancellationToken);
            if (result.Status == HealthStatus.Healthy || Stopwatch.GetElapsedTime(started) > _timeout)
            {
                return result;
            }

            await Task.Delay(pause, cancellationToken);
        }
    }

    private static async Task<HealthCheckResult> RunOnceAsync(
        Func<CancellationToken, Task<HealthCheckResult>> check,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await check(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Only the message, because Aspire would log the stack trace of each attempt.
            return HealthCheckResult.Unhealthy(exception.Message);
        }
    }
}
