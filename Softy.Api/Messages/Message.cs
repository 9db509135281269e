namespace Softy.Api.Messages;

/// <summary>A message on the wall. It never changes: it is there, or it was deleted.</summary>
/// <param name="Id">Identifies the message.</param>
/// <param name="Author">Who wrote it, as the writer said.</param>
/// <param name="Text">What it says.</param>
/// <param name="CreatedAt">When the database took it.</param>
internal sealed record Message(string Id, string Author, string Text, DateTimeOffset CreatedAt);

/// <summary>A message that was just created.</summary>
/// <param name="Id">Identifies the message.</param>
/// <param name="Author">Who wrote it, as the writer said.</param>
/// <param name="Text">What it says.</param>
/// <param name="CreatedAt">When the database took it.</param>
/// <param name="OwnerToken">Allows to delete the message. Told once: the service does not keep it.</param>
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
