namespace Softy.AppHost.Stores;

/// <summary>The requirements of a store's process, which are checked before anything starts.</summary>
/// <param name="Program">The path of the server's program, or the folder of its programs.</param>
/// <param name="Folder">The data folder.</param>
/// <param name="IsTemporary">Whether the folder is deleted when the application stops.</param>
/// <param name="Account">The server's account, or null for the AppHost's account.</param>
internal sealed record StorePlan(string Program, string Folder, bool IsTemporary, string? Account);
