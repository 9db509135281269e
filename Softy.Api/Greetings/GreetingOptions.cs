namespace Softy.Api.Greetings;

/// <summary>
/// The greeting of this replica. Read from the configuration section <c>Greeting</c>, and again when that changes.
/// </summary>
internal sealed class GreetingOptions
{
    public const string SectionName = "Greeting";
    public const int MaxLength = 1000;

    /// <summary>
    /// The text that <c>/api/hello</c> answers. When it changes to an invalid text while the replica runs, the greeting
    /// stays as it was, and the log has an error.
    /// </summary>
    /// <value>1 to 1000 characters, not only spaces</value>
    public string Message { get; set; } = "Hello, World!";

    /// <summary>Validates the greeting.</summary>
    public string? FindError() =>
        string.IsNullOrWhiteSpace(Message)
            ? $"{SectionName}:{nameof(Message)} is empty; it must have 1 to {MaxLength} characters."
        : Message.Length > MaxLength
            ? $"{SectionName}:{nameof(Message)} has {Message.Length} characters; it must have at most {MaxLength}."
        : null;
}
