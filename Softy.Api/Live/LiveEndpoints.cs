using Microsoft.AspNetCore.Http.Features;
using Softy.Api.Documentation;
using Softy.Api.Http;
using Softy.Api.Problems;

namespace Softy.Api.Live;

/// <summary>The stream of what happens.</summary>
internal static class LiveEndpoints
{
    private const string LastEventIdHeader = "Last-Event-ID";

    public static void AddLive(this IHostApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<LiveOptions>()
            .BindConfiguration(LiveOptions.SectionName)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<LiveLog>();
        builder.Services.AddSingleton<LiveCatchUp>();
        builder.Services.AddSingleton<LiveStream>();
        builder.Services.AddSingleton<LiveFeed>();
        builder.Services.AddSingleton<LiveNotices>();
        builder.Services.AddHostedService(services => services.GetRequiredService<LiveNotices>());
        builder.Services.AddHostedService<MessageFollower>();
        builder.Services.AddHostedService<VisitFollower>();
    }

    public static void MapLive(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/live", GetLive)
            .WithTags("Live")
            .WithName("GetLive")
            .WithSummary("Streams new messages, deleted messages and visit totals, from every replica")
            .WithDescription(
                "Server-sent events: \"message\" has a message, \"deleted\" the id of one, \"visits\" the visit totals, and \"reset\" says "
                    + "that events were lost, so that the reader should load again what it shows. Every message comes once and in order; "
                    + "a reader that comes back with Last-Event-ID, to any replica, goes on where it was. Where a header cannot be sent, "
                    + "the query parameter lastEventId does the same."
            )
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream")
            .WithParameter(
                "lastEventId",
                "The id of the last event that was seen, where the header cannot be sent.",
                "\"745-3\""
            )
            .WithRequestHeader(
                LastEventIdHeader,
                "The id of the last event that was seen: the stream goes on after it.",
                "745-3"
            )
            .WithProblems(ProblemType.TooManyReaders)
            .WithExample(""" "id: 745-3\nevent: message\ndata: {\"id\":\"42\", …}\n\n" """);

    private static async Task GetLive(HttpContext context, LiveFeed feed, LiveStream stream, string? lastEventId = null)
    {
        using var reader =
            feed.TryAddReader()
            ?? throw new ProblemException(
                ProblemType.TooManyReaders,
                "There are as many live readers here as this replica takes."
            );

        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        // nginx in front would collect the events otherwise.
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        if (HeadRequest.Is(context))
        {
            return;
        }

        try
        {
            var place = context.Request.Headers[LastEventIdHeader].ToString() is { Length: > 0 } header
                ? header
                : lastEventId;
            await stream.WriteAsync(response.BodyWriter, place, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The reader is gone, as readers do.
        }
    }
}
