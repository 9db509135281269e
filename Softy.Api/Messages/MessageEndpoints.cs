using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Softy.Api.Http;
using Softy.Api.Live;
using Softy.Api.Problems;

namespace Softy.Api.Messages;

/// <summary>The message wall.</summary>
internal static class MessageEndpoints
{
    public static void AddMessages(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<MessageOptions>()
            .BindConfiguration(MessageOptions.SectionName)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<MessageStore>();
        builder.Services.AddSingleton<PageCopies>();
        builder.Services.AddSingleton<MessageCache>();
        builder.Services.AddSingleton<MessagePages>();
        builder.Services.AddHostedService<MessageJanitor>();
    }

    public static void MapMessages(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/messages")
            .WithTags("Messages")
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

        group.MapGet("", ListMessages)
            .WithName("ListMessages")
            .WithSummary("A page of messages, newest first")
            .WithDescription("Follow \"next\", or the header Link, to older messages; pages do not shift when new messages arrive meanwhile.")
            .ProducesValidationProblem();
        group.MapPost("", CreateMessage)
            .WithName("CreateMessage")
            .WithSummary("Creates a message")
            .WithDescription("Send an Idempotency-Key, for example a UUID, to be able to repeat the request without creating a second message: for 24 hours the same key and body get the same answer.")
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        group.MapGet("/{id}", GetMessage)
            .WithName("GetMessage")
            .WithSummary("One message")
            .WithDescription("Messages never change; a deleted one is not found.")
            .ProducesProblem(StatusCodes.Status404NotFound);
        group.MapDelete("/{id}", DeleteMessage)
            .WithName("DeleteMessage")
            .WithSummary("Deletes a message")
            .WithDescription("Takes the owner token that the creation of the message was answered with.")
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<PageResult, ValidationProblem>> ListMessages(
        MessagePages pages, CancellationToken cancellationToken, string? after = null, string? limit = null)
    {
        if (PageRequest.Parse(after, limit, out var page) is { } errors)
        {
            return TypedResults.ValidationProblem(errors);
        }

        return new PageResult(await pages.GetAsync(page, cancellationToken), page.Limit);
    }

    private static async Task<Results<Created<CreatedMessage>, ValidationProblem>> CreateMessage(
        JsonBody<NewMessage> body, HttpRequest request, MessageStore store, MessageCache cache, LiveNotices live,
        CancellationToken cancellationToken)
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

    private static async Task<Results<MessageResult, NotFound>> GetMessage(
        string id, MessageStore store, CancellationToken cancellationToken) =>
        TryParseId(id, out var number) && await store.FindAsync(number, cancellationToken) is { } message
            ? new MessageResult(message)
            : TypedResults.NotFound();

    private static async Task<Results<NoContent, NotFound>> DeleteMessage(
        string id, [FromHeader(Name = OwnerToken.HeaderName)] string? ownerToken, MessageStore store, MessageCache cache, LiveNotices live,
        CancellationToken cancellationToken)
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
                    ProblemType.NotTheOwner, $"The header {OwnerToken.HeaderName} does not have the token of the message's owner.");
            default:
                return TypedResults.NotFound();
        }
    }

    /// <summary>Ids have one spelling: no sign, no leading zeros.</summary>
    private static bool TryParseId(string id, out long number) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out number) && id[0] != '0';
}
