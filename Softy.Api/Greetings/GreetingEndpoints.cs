using System.Globalization;
using Microsoft.Extensions.Options;
using Softy.Api.Documentation;
using Softy.Api.Http;
using Softy.ServiceDefaults.Configuration;
using Softy.ServiceDefaults.Instances;

namespace Softy.Api.Greetings;

/// <summary>The greeting, and the greeting with the replica's number.</summary>
internal static class GreetingEndpoints
{
    public static void AddGreetings(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<GreetingOptions>(
            GreetingOptions.SectionName,
            static (section, options) => section.Bind(options)
        );
        builder.Services.AddSingleton<Greeting>();
    }

    public static void MapGreetings(this IEndpointRouteBuilder app)
    {
        var greeting = app.ServiceProvider.GetRequiredService<Greeting>();
        var instance = app.ServiceProvider.GetRequiredService<IOptions<InstanceOptions>>().Value;
        var helloInstance = new PlainTextResult(
            $"Hello, World {instance.Number?.ToString(CultureInfo.InvariantCulture) ?? instance.Name}!"
        );

        var group = app.MapGroup("/api/hello").WithTags("Greetings");
        group
            .MapGet("", () => greeting.Current)
            .WithName("GetHello")
            .WithSummary("Greets")
            .WithDescription(
                "Needs no store, so it works while the replica runs. The text is a setting of each replica."
            )
            .WithExample("\"Hello, World!\"");
        group
            .MapGet("/instance", () => helloInstance)
            .WithName("GetHelloInstance")
            .WithSummary("Greets, with the number of the replica that answers")
            .WithDescription("Replicas that are not numbered greet with their name.")
            .WithExample("\"Hello, World 2!\"");
    }
}
