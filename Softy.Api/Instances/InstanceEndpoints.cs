using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Softy.Api.Documentation;
using Softy.Api.Http;
using Softy.Api.Json;
using Softy.ServiceDefaults;
using Softy.ServiceDefaults.Instances;

namespace Softy.Api.Instances;

/// <summary>The replica that answers, and the current date.</summary>
internal static class InstanceEndpoints
{
    private static readonly string _version =
        typeof(InstanceEndpoints)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "0.0.0";

    public static void AddInstances(this IHostApplicationBuilder builder)
    {
        builder.Services.AddJsonContext(InstanceJsonContext.Default);
        builder.Services.AddSingleton<RequestCounter>();
    }

    /// <summary>Counts all requests except health probes, which no client has sent.</summary>
    public static void UseRequestCounter(this IApplicationBuilder app)
    {
        var counter = app.ApplicationServices.GetRequiredService<RequestCounter>();
        app.Use(next =>
            context =>
            {
                if (
                    context.Request.Path.Value
                    is not (Extensions.HealthEndpointPath or Extensions.AlivenessEndpointPath)
                )
                {
                    counter.Increment();
                }

                return next(context);
            }
        );
    }

    public static void MapInstances(this IEndpointRouteBuilder app)
    {
        var options = app.ServiceProvider.GetRequiredService<IOptions<InstanceOptions>>().Value;
        var time = app.ServiceProvider.GetRequiredService<TimeProvider>();
        var name = new PlainTextResult(options.Name);
        var startedAt = time.GetUtcNow();

        var group = app.MapGroup("").WithTags("Instances");
        foreach (var prefix in new[] { "", "/api" })
        {
            var id = prefix.Length == 0 ? "" : "Api";
            group
                .MapGet($"{prefix}/host", () => name)
                .WithName($"Get{id}Host")
                .WithSummary("The name of the replica that answers")
                .WithDescription($"The same as in the header {SoftyHeaders.Instance}.")
                .WithExample("\"api-2\"");
            group
                .MapGet(
                    $"{prefix}/date",
                    () => new PlainTextResult(time.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture))
                )
                .WithName($"Get{id}Date")
                .WithSummary("The current date and time")
                .WithDescription("In UTC, in ISO 8601, by the clock of the replica that answers.")
                .WithExample("\"2026-11-21T09:30:00.1234567Z\"");
        }

        group
            .MapGet(
                "/api/instance",
                Ok<InstanceInfo> (RequestCounter requests) =>
                    TypedResults.Ok(
                        new InstanceInfo(
                            options.Name,
                            options.Number,
                            Environment.MachineName,
                            _version,
                            startedAt,
                            requests.Count
                        )
                    )
            )
            .WithName("GetInstance")
            .WithSummary("The replica that answers")
            .WithDescription("The replica's name, where it runs, since when, and how many requests it has handled.")
            .WithExample(
                """
                {
                    "name": "api-2", "number": 2, "host": "worker-7", "version": "1.0.0",
                    "startedAt": "2026-11-21T09:00:00+00:00", "requests": 1234
                }
                """
            );
    }
}
