using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Softy.ServiceDefaults.Instances;
using Softy.ServiceDefaults.Listening;

namespace Softy.ServiceDefaults.Health;

/// <summary>
/// Writes the status of each check as JSON. The reasons are in the log only, because they may name addresses.
/// </summary>
internal static class HealthReportWriter
{
    public static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        var instance = context.RequestServices.GetRequiredService<IOptions<InstanceOptions>>().Value;
        context.Response.Headers[SoftyHeaders.Service] = instance.Service;
        if (context.RequestServices.GetRequiredService<IOptions<Http2Options>>().Value.Port is var port and > 0)
        {
            context.Response.Headers[SoftyHeaders.Http2Port] = port.ToString(CultureInfo.InvariantCulture);
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status", report.Status.ToString());
        json.WriteStartObject("checks");
        foreach (var (name, entry) in report.Entries)
        {
            json.WriteStartObject(name);
            json.WriteString("status", entry.Status.ToString());
            // The description of a check that threw is the exception's message, which must not be public.
            if (entry is { Description: { } description, Exception: null })
            {
                json.WriteString("description", description);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}
