namespace Softy.Api.Problems;

/// <summary>
/// A kind of error that a client may want to tell from others of the same status. Its URI is a path of this API, where
/// the kind is described.
/// </summary>
/// <param name="Name">The last segment of the URI.</param>
/// <param name="Status">The status code it comes with.</param>
/// <param name="Title">What it is, in a few words; the same every time.</param>
/// <param name="Description">What happened, and what to do.</param>
internal sealed record ProblemType(string Name, int Status, string Title, string Description)
{
    public static readonly ProblemType Validation = new(
        "validation",
        StatusCodes.Status400BadRequest,
        "The request is not valid",
        "Something in the request is missing or out of range. The member \"errors\" says what, by the name of the member, parameter or header. Correct it before sending it again."
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
        "The message belongs to somebody else",
        "Only who has created a message can delete it: send the owner token of the 201 answer in the header X-Owner-Token."
    );

    public static readonly ProblemType IdempotencyKeyReused = new(
        "idempotency-key-reused",
        StatusCodes.Status422UnprocessableEntity,
        "The idempotency key was used for another request",
        "A request with this Idempotency-Key but another body was answered within the last 24 hours. Choose a new key for a new request."
    );

    public static readonly ProblemType StoreUnavailable = new(
        "store-unavailable",
        StatusCodes.Status503ServiceUnavailable,
        "A store cannot be reached",
        "The database or the cache that the request needs does not answer right now, or takes no changes. Nothing was changed. Send the request again after the seconds that the header Retry-After tells."
    );

    public static readonly ProblemType Overloaded = new(
        "overloaded",
        StatusCodes.Status503ServiceUnavailable,
        "This replica has too much to do",
        "The request was not begun. Send it again after the seconds that the header Retry-After tells; another replica may have room."
    );

    public static readonly ProblemType OutcomeUnknown = new(
        "outcome-unknown",
        StatusCodes.Status504GatewayTimeout,
        "Nobody knows whether the request was carried out",
        "The connection to the store was lost, or the store fell silent, while it had the request. With an Idempotency-Key, send the request again under the same key; without one, look first whether it was carried out."
    );

    public static readonly ProblemType TooManyReaders = new(
        "too-many-readers",
        StatusCodes.Status503ServiceUnavailable,
        "This replica has as many live readers as it takes",
        "Connect again after the seconds that the header Retry-After tells; another replica may have room."
    );

    /// <summary>Every kind there is.</summary>
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
