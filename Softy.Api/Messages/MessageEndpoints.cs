using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Softy.Api.Documentation;
using Softy.Api.Http;
using Softy.Api.Json;
using Softy.Api.Notifications;
using Softy.Api.Problems;
using Softy.Api.RequestBodies;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Api.Messages;

/// <summary>The message wall.</summary>
internal static class MessageEndpoints
{
    private const string Json = "application/json; charset=utf-8";

    // Clients may store responses but must revalidate them, because messages are deleted and pages change.
    private const string CacheControl = "no-cache";
    private const string OwnerTokenExample = "hMtqwqQKzetyOSkIdSyIInXabt01Qo00wgUrSDrEGCo";
    private const string MessageExample =
        """{ "id": "42", "author": "Ada", "text": "Hello, wall!", "createdAt": "2026-11-21T09:30:00.123456+00:00" }""";

    public static void AddMessages(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<MessageOptions>(
            MessageOptions.SectionName,
            static (section, options) => section.Bind(options)
        );
        builder.Services.AddSingleton<MessageStore>();
        builder.Services.AddSingleton<MessageCache>();
        builder.Services.AddSingleton<MessagePageReader>();
        builder.Services.AddHostedService<MessageJanitor>();
        builder.Services.AddJsonContext(MessageJsonContext.Default);
        builder.Services.DescribeMessages();
        builder.Services.AddSingleton<MessageLimiter>();
    }

    public static void UseConcurrencyLimit(this IApplicationBuilder app) => app.UseMiddleware<MessageLimiter>();

    public static void MapMessages(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/messages")
            .WithTags("Messages")
            .WithMetadata(new MessageLimiter.Limited())
            .WithProblems(ProblemType.StoreUnavailable, ProblemType.Overloaded);

        group
            .MapGet("", ListMessages)
            .WithName("ListMessages")
            .WithSummary("A page of messages, newest first")
            .WithDescription(
                "Follow \"next\", or the header Link, to older messages. New messages do not shift the pages."
            )
            .Produces<MessagePage>()
            .Produces(StatusCodes.Status304NotModified)
            .WithParameter(
                "after",
                "The \"next\" of the page before. Without it, the page has the newest messages.",
                "\"AQAAAAAAAAAq\""
            )
            .WithParameter(
                "limit",
                "How many messages the page has at most; it has fewer if they are large.",
                "20",
                new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Minimum = "1",
                    Maximum = PageRequest.MaxLimit.ToString(CultureInfo.InvariantCulture),
                    Default = PageRequest.DefaultLimit,
                }
            )
            .WithRequestHeader(
                HeaderNames.IfNoneMatch,
                "The ETag of the page that the client has.",
                "\"0fc6ykzgFqkf9WKeuQpdAQ\""
            )
            .WithResponseHeader(
                StatusCodes.Status200OK,
                HeaderNames.Link,
                "The next page, with rel=\"next\"; absent on the last one."
            )
            .WithResponseHeader(StatusCodes.Status200OK, HeaderNames.ETag, "Identifies this version of the page.")
            .WithProblems(ProblemType.Validation)
            .WithExample($$"""{ "items": [{{MessageExample}}], "next": "AQAAAAAAAAAq" }""");
        group
            .MapPost("", CreateMessage)
            .WithName("CreateMessage")
            .WithSummary("Creates a message")
            .WithDescription(
                $"With an {ApiHeaders.IdempotencyKey}, for example a UUID, the request can be repeated without "
                    + "creating a second message: for 24 hours the same key and body get the same response."
            )
            .WithRequestExample("""{ "author": "Ada", "text": "Hello, wall!" }""")
            .WithRequestHeader(
                ApiHeaders.IdempotencyKey,
                "Identifies this request, so that it can be repeated. It must be hard to guess, like a UUID, because "
                    + "anyone who knows the key and the body gets the same response with the owner token.",
                "5f0c7a1e-3b1d-4c58-9d0e-6a3c1f1b7e52"
            )
            .WithResponseHeader(StatusCodes.Status201Created, HeaderNames.Location, "Where the message is.")
            .WithProblems(
                ProblemType.Validation,
                ProblemType.MalformedRequest,
                ProblemType.IdempotencyKeyReused,
                ProblemType.OutcomeUnknown
            )
            .WithExample($$"""{{MessageExample[..^2]}}, "ownerToken": "{{OwnerTokenExample}}" }""");
        group
            .MapGet("/{id}", GetMessage)
            .WithName("GetMessage")
            .WithSummary("One message")
            .WithDescription("Messages never change; a deleted one is not found.")
            .Produces<Message>()
            .Produces(StatusCodes.Status304NotModified)
            .WithRequestHeader(
                HeaderNames.IfNoneMatch,
                "The ETag of the message that the client has.",
                "\"2a-8de28d1f0a3f9c4\""
            )
            .WithResponseHeader(StatusCodes.Status200OK, HeaderNames.ETag, "Identifies the message.")
            .WithExample(MessageExample)
            .ProducesProblem(StatusCodes.Status404NotFound);
        group
            .MapDelete("/{id}", DeleteMessage)
            .WithName("DeleteMessage")
            .WithSummary("Deletes a message")
            .WithDescription("Needs the owner token from the response to the creation of the message.")
            .WithParameter(ApiHeaders.OwnerToken, "The owner token of the message.", $"\"{OwnerTokenExample}\"")
            .WithProblems(ProblemType.NotTheOwner, ProblemType.OutcomeUnknown)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<FileContentHttpResult, ValidationProblem>> ListMessages(
        HttpContext context,
        MessagePageReader pages,
        CancellationToken cancellationToken,
        string? after = null,
        string? limit = null
    )
    {
        if (PageRequest.Parse(after, limit, out var page) is { } errors)
        {
            return TypedResults.ValidationProblem(errors);
        }

        var content = await pages.GetAsync(page, cancellationToken);
        if (content.Next is { } next)
        {
            context.Response.Headers.Link = string.Create(
                CultureInfo.InvariantCulture,
                $"<{context.Request.PathBase}/api/messages?after={next}&limit={page.Limit}>; rel=\"next\""
            );
        }

        context.Response.Headers.CacheControl = CacheControl;
        return TypedResults.Bytes(content.Json, Json, entityTag: content.EntityTag);
    }

    private static async Task<Results<Created<CreatedMessage>, ValidationProblem>> CreateMessage(
        JsonBody<NewMessage> body,
        HttpRequest request,
        MessageStore store,
        MessageCache cache,
        ChangeNotifications notifications,
        CancellationToken cancellationToken
    )
    {
        var errors = body.Value.Validate(out var draft);
        if (!IdempotencyKey.TryParse(request.Headers[ApiHeaders.IdempotencyKey], out var key))
        {
            errors[ApiHeaders.IdempotencyKey] = IdempotencyKey.Error;
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        var (created, isNew) = key is null
            ? (await store.CreateAsync(draft, cancellationToken), true)
            : await store.CreateOnceAsync(draft, key, cancellationToken);
        if (created is null)
        {
            throw new ProblemException(ProblemType.IdempotencyKeyReused, "This key was used with another body.");
        }

        if (isNew)
        {
            notifications.NotifyMessagesChanged();
            await cache.InvalidateAsync();
        }

        return TypedResults.Created($"{request.PathBase}/api/messages/{created.Id}", created);
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> GetMessage(
        string id,
        HttpResponse response,
        MessageStore store,
        CancellationToken cancellationToken
    )
    {
        if (!TryParseId(id, out var number) || await store.FindAsync(number, cancellationToken) is not { } message)
        {
            return TypedResults.NotFound();
        }

        response.Headers.CacheControl = CacheControl;
        // Messages never change, so the id suffices. The time differs for the same id in another database.
        var entityTag = string.Create(CultureInfo.InvariantCulture, $"\"{message.Id}-{message.CreatedAt.UtcTicks:x}\"");
        return TypedResults.Bytes(
            JsonSerializer.SerializeToUtf8Bytes(message, MessageJsonContext.Shared.Message),
            Json,
            entityTag: new EntityTagHeaderValue(entityTag)
        );
    }

    private static async Task<Results<NoContent, NotFound>> DeleteMessage(
        string id,
        [FromHeader(Name = ApiHeaders.OwnerToken)] string? ownerToken,
        MessageStore store,
        MessageCache cache,
        ChangeNotifications notifications,
        CancellationToken cancellationToken
    )
    {
        var outcome = TryParseId(id, out var number)
            ? await store.DeleteAsync(number, ownerToken, cancellationToken)
            : DeleteOutcome.NotFound;
        switch (outcome)
        {
            case DeleteOutcome.Deleted:
                notifications.NotifyMessagesChanged();
                await cache.InvalidateAsync();
                return TypedResults.NoContent();
            case DeleteOutcome.NotTheOwner:
                throw new ProblemException(
                    ProblemType.NotTheOwner,
                    $"The header {ApiHeaders.OwnerToken} does not have the token of the message's owner."
                );
            default:
                return TypedResults.NotFound();
        }
    }

    /// <summary>Parses an id, which has no sign and no leading zeros.</summary>
    private static bool TryParseId(string id, out long number) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out number) && id[0] != '0';
}
