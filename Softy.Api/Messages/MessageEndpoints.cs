using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Softy.Api.Documentation;
using Softy.Api.Http;
using Softy.Api.Live;
using Softy.Api.Problems;

namespace Softy.Api.Messages;

/// <summary>The message wall.</summary>
internal static class MessageEndpoints
{
    private const string Json = "application/json; charset=utf-8";

    // What may be stored must be checked before it is shown again: a message may be deleted, and a page gets new ones.
    private const string CacheControl = "no-cache";
    private const string LimiterName = "messages";
    private const string OwnerTokenExample = "hMtqwqQKzetyOSkIdSyIInXabt01Qo00wgUrSDrEGCo";
    private const string MessageExample =
        """{ "id": "42", "author": "Ada", "text": "Hello, wall!", "createdAt": "2026-11-21T09:30:00.123456+00:00" }""";

    /// <summary>A page, once as texts of two bytes per character, once as JSON, and once more on its way to the client.</summary>
    private const int BytesPerRequest = 384 * 1024;

    public static void AddMessages(this IHostApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<MessageOptions>()
            .BindConfiguration(MessageOptions.SectionName)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<MessageStore>();
        builder.Services.AddSingleton<MessageCache>();
        builder.Services.AddSingleton<MessagePages>();
        builder.Services.AddHostedService<MessageJanitor>();
        builder.Services.AddRateLimiter(limiter =>
        {
            limiter.AddConcurrencyLimiter(
                LimiterName,
                limit =>
                {
                    limit.PermitLimit = CountConcurrentRequests(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
                    limit.QueueLimit = 4 * limit.PermitLimit;
                }
            );
            limiter.OnRejected = (_, _) =>
                throw new ProblemException(
                    ProblemType.Overloaded,
                    "This replica has as many requests under way as its memory allows. Try again shortly."
                );
        });
    }

    public static void UseMessageLimit(this IApplicationBuilder app) => app.UseRateLimiter();

    /// <summary>
    /// How many requests may be under way, so that they take an eighth of the memory at most: in a small container fewer,
    /// because the process would end where memory does.
    /// </summary>
    private static int CountConcurrentRequests(long memory) => (int)Math.Clamp(memory / 8 / BytesPerRequest, 8, 1024);

    public static void MapMessages(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/messages")
            .WithTags("Messages")
            .RequireRateLimiting(LimiterName)
            .WithProblems(ProblemType.StoreUnavailable, ProblemType.Overloaded);

        group
            .MapGet("", ListMessages)
            .WithName("ListMessages")
            .WithSummary("A page of messages, newest first")
            .WithDescription(
                "Follow \"next\", or the header Link, to older messages; pages do not shift when new messages arrive meanwhile."
            )
            .Produces<MessagePage>()
            .Produces(StatusCodes.Status304NotModified)
            .WithParameter(
                "after",
                "Where to begin: the \"next\" of the page before. The newest messages without it.",
                "\"AQAAAAAAAAAq\""
            )
            .WithParameter(
                "limit",
                "How many messages the page has at most; it has fewer where they are large.",
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
                "If-None-Match",
                "The ETag of the page that the client has.",
                "\"0fc6ykzgFqkf9WKeuQpdAQ\""
            )
            .WithResponseHeader(
                StatusCodes.Status200OK,
                "Link",
                "The next page, with rel=\"next\"; absent on the last one."
            )
            .WithResponseHeader(StatusCodes.Status200OK, "ETag", "Names this version of the page.")
            .WithProblems(ProblemType.Validation)
            .WithExample($$"""{ "items": [{{MessageExample}}], "next": "AQAAAAAAAAAq" }""");
        group
            .MapPost("", CreateMessage)
            .WithName("CreateMessage")
            .WithSummary("Creates a message")
            .WithDescription(
                "Send an Idempotency-Key, for example a UUID, to be able to repeat the request without creating a second message: for 24 hours the same key and body get the same answer."
            )
            .WithRequestExample("""{ "author": "Ada", "text": "Hello, wall!" }""")
            .WithRequestHeader(
                IdempotencyKey.HeaderName,
                "Names this request, so that it can be repeated. Choose something that nobody guesses, such as a UUID: "
                    + "who knows key and body gets the answer, owner token included.",
                "5f0c7a1e-3b1d-4c58-9d0e-6a3c1f1b7e52"
            )
            .WithResponseHeader(StatusCodes.Status201Created, "Location", "Where the message is.")
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
                "If-None-Match",
                "The ETag of the message that the client has.",
                "\"2a-8de28d1f0a3f9c4\""
            )
            .WithResponseHeader(StatusCodes.Status200OK, "ETag", "Names the message.")
            .WithExample(MessageExample)
            .ProducesProblem(StatusCodes.Status404NotFound);
        group
            .MapDelete("/{id}", DeleteMessage)
            .WithName("DeleteMessage")
            .WithSummary("Deletes a message")
            .WithDescription("Takes the owner token that the creation of the message was answered with.")
            .WithParameter(
                OwnerToken.HeaderName,
                "The owner token that the message was created with.",
                $"\"{OwnerTokenExample}\""
            )
            .WithProblems(ProblemType.NotTheOwner, ProblemType.OutcomeUnknown)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<FileContentHttpResult, ValidationProblem>> ListMessages(
        HttpContext context,
        MessagePages pages,
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
        LiveNotices live,
        CancellationToken cancellationToken
    )
    {
        var errors = body.Value.Validate(out var draft);
        if (!IdempotencyKey.TryParse(request.Headers[IdempotencyKey.HeaderName], out var key))
        {
            errors[IdempotencyKey.HeaderName] = IdempotencyKey.Error;
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
            live.MessagesChanged();
            await cache.RenewAsync();
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
        // A message never changes: who has it has it. The time tells it from one of the same number in another database.
        var entityTag = string.Create(CultureInfo.InvariantCulture, $"\"{message.Id}-{message.CreatedAt.UtcTicks:x}\"");
        return TypedResults.Bytes(
            JsonSerializer.SerializeToUtf8Bytes(message, ApiJsonContext.Shared.Message),
            Json,
            entityTag: new EntityTagHeaderValue(entityTag)
        );
    }

    private static async Task<Results<NoContent, NotFound>> DeleteMessage(
        string id,
        [FromHeader(Name = OwnerToken.HeaderName)] string? ownerToken,
        MessageStore store,
        MessageCache cache,
        LiveNotices live,
        CancellationToken cancellationToken
    )
    {
        var outcome = TryParseId(id, out var number)
            ? await store.DeleteAsync(number, ownerToken, cancellationToken)
            : DeleteOutcome.NotFound;
        switch (outcome)
        {
            case DeleteOutcome.Deleted:
                live.MessagesChanged();
                await cache.RenewAsync();
                return TypedResults.NoContent();
            case DeleteOutcome.NotTheOwner:
                throw new ProblemException(
                    ProblemType.NotTheOwner,
                    $"The header {OwnerToken.HeaderName} does not have the token of the message's owner."
                );
            default:
                return TypedResults.NotFound();
        }
    }

    /// <summary>Ids have one spelling: no sign, no leading zeros.</summary>
    private static bool TryParseId(string id, out long number) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out number) && id[0] != '0';
}
