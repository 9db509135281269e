namespace Softy.Api.Live;

/// <summary>The data of the event that a message was deleted.</summary>
/// <param name="Id">Identifies the message.</param>
internal sealed record DeletedMessage(string Id);
