using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Softy.ServiceDefaults.Telemetry;

/// <summary>
/// Adds to a request's span what is known at its end only: route, status, protocol. ASP.NET Core 10 writes what it knows
/// at the beginning.
/// </summary>
internal sealed class RequestSpans : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(pipeline => context =>
            context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span
                ? DescribeAsync(span, context, pipeline)
                : pipeline(context));
        next(app);
    };

    private static async Task DescribeAsync(Activity span, HttpContext context, RequestDelegate pipeline)
    {
        try
        {
            await pipeline(context);
            var status = context.Response.StatusCode;
            span.SetTag("http.response.status_code", status);
            if (status >= StatusCodes.Status500InternalServerError)
            {
                Fail(span, status.ToString(CultureInfo.InvariantCulture));
            }
        }
        catch (Exception e)
        {
            Fail(span, e.GetType().FullName!);
            throw;
        }
        finally
        {
            if ((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } route)
            {
                span.SetTag("http.route", route);
                span.DisplayName = $"{context.Request.Method} {route}";
            }
            else
            {
                span.DisplayName = context.Request.Method;
            }

            span.SetTag("network.protocol.version", context.Request.Protocol.Replace("HTTP/", string.Empty, StringComparison.Ordinal));
        }
    }

    private static void Fail(Activity span, string errorType)
    {
        span.SetTag("error.type", errorType);
        span.SetStatus(ActivityStatusCode.Error);
    }
}
