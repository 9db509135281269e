namespace Softy.Api.Greetings;

/// <summary>What this replica says. Read from the configuration section <c>Greeting</c>, and read again when it changes.</summary>
internal sealed class GreetingOptions
{
    public const string SectionName = "Greeting";
    public const int MaxLength = 1000;

    /// <summary>
    /// What <c>/api/hello</c> answers. While the replica runs, a text that is not allowed is refused with an error in
    /// the log, and the greeting stays as it was.
    /// </summary>
    /// <value>1 to 1000 characters, not only spaces</value>
    public string Message { get; set; } = "Hello, World!";

    /// <summary>Says what is wrong with the greeting.</summary>
    public string? FindError() =>
        string.IsNullOrWhiteSpace(Message)
            ? $"{SectionName}:{nameof(Message)} is empty; it must have 1 to {MaxLength} characters."
        : Message.Length > MaxLength
            ? $"{SectionName}:{nameof(Message)} has {Message.Length} characters; it must have at most {MaxLength}."
        : null;
}
