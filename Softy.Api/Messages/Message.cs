namespace Softy.Api.Messages;

/// <summary>A message on the wall. Messages can be deleted but not changed.</summary>
/// /// <param name="Id">The id of the message.</param>
/// /// <param name="Author">The name that the author gave.</param>
/// /// <param name="Text">The text.</param>
/// /// <param name="CreatedAt">When the message was stored, by the clock of the database.</param>
internal sealed record Message(string Id, string Author, string Text, DateTimeOffset CreatedAt);

/// <summary>A message that was just created.</summary>
/// <param name="Id">The id of the message.</param>
/// /// <param name="Author">The name that the author gave.</param>
/// /// <param name="Text">The text.</param>
/// /// <param name="CreatedAt">When the message was stored, by the clock of the database.</param>
/// /// <param name="OwnerToken">Authorizes deleting the message. Only this response has it: its hash is stored.</param>
internal sealed record CreatedMessage(
    string Id,
    string Author,
    string Text,
    DateTimeOffset CreatedAt,
    string OwnerToken
);

/// <summary>A page of messages, newest first.</summary>
/// <param name="Items">The messages.</param>
/// <param name="Next">What to pass as <c>after</c> for the next page; null on the last one.</param>
internal sealed record MessagePage(IReadOnlyList<Message> Items, string? Next);
