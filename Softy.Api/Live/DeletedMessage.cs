namespace Softy.Api.Live;

/// <summary>What readers are told about a message that was deleted.</summary>
/// <param name="Id">Identifies the message.</param>
internal sealed record DeletedMessage(string Id);
