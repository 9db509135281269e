using Softy.Api.Http;

namespace Softy.Api.Problems;

/// <summary>
/// A kind of error that clients can tell from others of the same status. Its URI is a path of this API that describes
/// it.
/// </summary>
/// <param name="Name">The last segment of the URI.</param>
/// <param name="Status">The status code of the response.</param>
/// <param name="Title">A short summary, the same every time.</param>
/// <param name="Description">What happened, and what the client can do.</param>
internal sealed record ProblemType(string Name, int Status, string Title, string Description)
{
    public static readonly ProblemType Validation = new(
        "validation",
        StatusCodes.Status400BadRequest,
        "The request is not valid",
        "Something in the request is missing or out of range. The member \"errors\" says what, by the name of the "
            + "member, parameter or header. Correct the request before sending it again."
    );

    public static readonly ProblemType MalformedRequest = new(
        "malformed-request",
        StatusCodes.Status400BadRequest,
        "The request could not be read",
        "The body is not well-formed JSON in UTF-8, or not of the documented shape."
    );

    public static readonly ProblemType NotTheOwner = new(
        "not-the-owner",
        StatusCodes.Status403Forbidden,
        "The message belongs to another client",
        "Only the client that created a message can delete it: send the owner token of the 201 response in the header "
            + $"{ApiHeaders.OwnerToken}."
    );

    public static readonly ProblemType IdempotencyKeyReused = new(
        "idempotency-key-reused",
        StatusCodes.Status422UnprocessableEntity,
        "The idempotency key was used for another request",
        $"A request with this {ApiHeaders.IdempotencyKey} but another body was handled within the last 24 hours. "
            + "Choose a new key for a new request."
    );

    public static readonly ProblemType StoreUnavailable = new(
        "store-unavailable",
        StatusCodes.Status503ServiceUnavailable,
        "A store cannot be reached",
        "The database or the cache that the request needs does not answer right now, or accepts no changes. Nothing "
            + "was changed. Send the request again after the number of seconds in the header Retry-After."
    );

    public static readonly ProblemType Overloaded = new(
        "overloaded",
        StatusCodes.Status503ServiceUnavailable,
        "This replica has too much to do",
        "The request was not started. Send it again after the number of seconds in the header Retry-After; another "
            + "replica may have capacity."
    );

    public static readonly ProblemType OutcomeUnknown = new(
        "outcome-unknown",
        StatusCodes.Status504GatewayTimeout,
        "It is unknown whether the request was carried out",
        "The connection to the store was lost, or the store stopped answering, after it had received the request. "
            + $"With an {ApiHeaders.IdempotencyKey}, send the request again with the same key. Without one, check "
            + "first whether it was carried out."
    );

    public static readonly ProblemType TooManyReaders = new(
        "too-many-readers",
        StatusCodes.Status503ServiceUnavailable,
        "This replica has too many live readers",
        "Connect again after the number of seconds in the header Retry-After; another replica may have capacity."
    );

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<ProblemType> All { get; } =
    [
        Validation,
        MalformedRequest,
        NotTheOwner,
        IdempotencyKeyReused,
        StoreUnavailable,
        Overloaded,
        OutcomeUnknown,
        TooManyReaders,
    ];

    /// <summary>The URI of the kind, relative to the API's address.</summary>
    public string Uri { get; } = $"{ProblemEndpoints.Path}/{Name}";
}
