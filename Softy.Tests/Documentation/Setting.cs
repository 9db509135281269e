namespace Softy.Tests.Documentation;

/// <summary>One configuration key, as <c>docs/settings.md</c> describes it.</summary>
/// <param name="Key">The full configuration key, for example <c>Gateway:Limits:MaxEventStreams</c>.</param>
/// <param name="Type">The kind of value, for example <c>whole number</c>.</param>
/// <param name="Default">The value where none is configured, as Markdown.</param>
/// <param name="Allowed">The values that are accepted, as Markdown.</param>
/// <param name="Meaning">What the setting does, as Markdown.</param>
internal sealed record Setting(string Key, string Type, string Default, string Allowed, string Meaning)
{
    /// <summary>The environment variable that sets the key.</summary>
    public string Variable => Key.Replace(":", "__", StringComparison.Ordinal);
}

/// <summary>A heading of <c>docs/settings.md</c> with the settings under it.</summary>
/// <param name="Path">The configuration section, or an empty text for keys that belong to no options class.</param>
/// <param name="Summary">What the settings have in common, as Markdown.</param>
/// <param name="Settings">The settings.</param>
internal sealed record SettingsGroup(string Path, string Summary, IReadOnlyList<Setting> Settings);
