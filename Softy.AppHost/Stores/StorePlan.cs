namespace Softy.AppHost.Stores;

/// <summary>What a store's process needs, found before anything starts.</summary>
/// <param name="Program">The server's program, or the folder of its programs.</param>
/// <param name="Folder">The folder that holds the data.</param>
/// <param name="IsTemporary">Whether the folder goes when the application ends.</param>
/// <param name="Account">The account under which the server runs, or null for that of the AppHost.</param>
internal sealed record StorePlan(string Program, string Folder, bool IsTemporary, string? Account);
