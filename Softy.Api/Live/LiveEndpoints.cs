using Microsoft.AspNetCore.Http.Features;
using Softy.Api.Documentation;
using Softy.Api.Http;
using Softy.Api.Problems;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Api.Live;

/// <summary>The stream of live events.</summary>
internal static class LiveEndpoints
{
    private const string ContentType = "text/event-stream";

    public static void AddLive(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<LiveOptions>(
            LiveOptions.SectionName,
            static (section, options) => section.Bind(options)
        );
        builder.Services.AddSingleton<LiveLog>();
        builder.Services.AddSingleton<LiveCatchUp>();
        builder.Services.AddSingleton<LiveStreamWriter>();
        builder.Services.AddSingleton<LiveFeed>();
        builder.Services.AddHostedService<NotificationListener>();
        builder.Services.AddHostedService<VisitAnnouncer>();
        builder.Services.AddHostedService<MessageFollower>();
        builder.Services.AddHostedService<VisitFollower>();
    }

    public static void MapLive(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/live", GetLive)
            .WithTags("Live")
            .WithName("GetLive")
            .WithSummary("Streams new messages, deleted messages and visit totals, from every replica")
            .WithDescription(
                "Server-sent events: \"message\" has a message, \"deleted\" the id of one, \"visits\" the visit "
                    + "totals, \"visits-unavailable\" means that these cannot be read until the next \"visits\", and "
                    + "\"reset\" means that events were lost, so that the reader should reload what it "
                    + "shows. Each message comes once and in order. A reader that reconnects with Last-Event-ID, to "
                    + "any replica, gets the events after that one. Where a header cannot be sent, the query "
                    + "parameter lastEventId does the same."
            )
            .Produces<string>(StatusCodes.Status200OK, ContentType)
            .WithParameter(
                "lastEventId",
                "The id of the last event that was received, where the header cannot be sent.",
                "\"745-3\""
            )
            .WithRequestHeader(
                ApiHeaders.LastEventId,
                "The id of the last event that was received: the stream continues after it.",
                "745-3"
            )
            .WithProblems(ProblemType.TooManyReaders)
            .WithExample(""" "id: 745-3\nevent: message\ndata: {\"id\":\"42\", …}\n\n" """);

    private static async Task GetLive(
        HttpContext context,
        LiveFeed feed,
        LiveStreamWriter stream,
        string? lastEventId = null
    )
    {
        using var reader =
            feed.TryAddReader()
            ?? throw new ProblemException(
                ProblemType.TooManyReaders,
                "This replica has as many live readers as it accepts."
            );

        var response = context.Response;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        // Without it, nginx would buffer the events.
        response.Headers[ApiHeaders.AccelBuffering] = "no";
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        if (HeadRequest.IsHead(context))
        {
            return;
        }

        try
        {
            var eventId = context.Request.Headers[ApiHeaders.LastEventId].ToString() is { Length: > 0 } header
                ? header
                : lastEventId;
            await stream.WriteAsync(response.BodyWriter, eventId, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The reader has disconnected.
        }
    }
}
