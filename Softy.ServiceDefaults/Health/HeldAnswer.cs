using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Softy.ServiceDefaults.Draining;

namespace Softy.ServiceDefaults.Health;

/// <summary>
/// Lets a probe ask that its answer is held back with <c>Prefer: wait=5</c> (RFC 7240), which the gateway does while
/// nobody uses it. The answer is then sent after that time or when the service begins to drain, and a service that ends
/// closes the connection. So the gateway has to send few probes, and still learns of both at once.
/// </summary>
internal static class HeldAnswer
{
    /// <summary>The longest time in seconds. A probe that asks for more gets its answer after this.</summary>
    private const int MaxSeconds = 60;

    /// <summary>Lets an endpoint hold its answers back.</summary>
    /// <param name="endpoint">The endpoint.</param>
    public static void AllowHeldAnswers(this IEndpointConventionBuilder endpoint) =>
        endpoint.Add(static builder =>
        {
            var answer = builder.RequestDelegate!;
            builder.RequestDelegate = context =>
                FindWait(context.Request.Headers["Prefer"]) is { } wait
                    ? HoldAsync(context, wait, answer)
                    : answer(context);
        });

    private static TimeSpan? FindWait(StringValues preferences)
    {
        if (
            preferences.Count == 0
            || !NameValueHeaderValue.TryParseList(preferences, out var list)
            || list.FirstOrDefault(preference => preference.Name.Equals("wait", StringComparison.OrdinalIgnoreCase))
                is not { } found
            || !HeaderUtilities.TryParseNonNegativeInt32(found.Value, out var seconds)
        )
        {
            return null;
        }

        return TimeSpan.FromSeconds(Math.Min(seconds, MaxSeconds));
    }

    private static async Task HoldAsync(HttpContext context, TimeSpan wait, RequestDelegate answer)
    {
        // The time would be in the histogram of durations, as if the service were slow.
        context.Features.Get<IHttpMetricsTagsFeature>()?.MetricsDisabled = true;
        var services = context.RequestServices;
        var drain = services.GetRequiredService<DrainState>();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            drain.DrainingBegins
        );
        await Task.Delay(wait, services.GetRequiredService<TimeProvider>(), ending.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (drain.IsDraining)
        {
            // It was not draining when the request arrived, so the response does not announce it otherwise.
            context.Response.OnStarting(DrainExtensions.Announce, context.Response);
        }

        await answer(context);
    }
}
