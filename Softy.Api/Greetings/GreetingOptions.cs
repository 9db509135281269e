namespace Softy.Api.Greetings;

/// <summary>What this replica says. Read from the configuration section <c>Greeting</c>, and read again when it changes.</summary>
internal sealed class GreetingOptions
{
    public const string SectionName = "Greeting";
    public const int MaxLength = 1000;

    /// <summary>The greeting: 1 to 1,000 characters.</summary>
    public string Message { get; set; } = "Hello, World!";

    /// <summary>Says what is wrong with the greeting.</summary>
    public string? FindError() =>
        string.IsNullOrWhiteSpace(Message) ? $"{SectionName}:{nameof(Message)} is empty; it must have 1 to {MaxLength} characters."
        : Message.Length > MaxLength ? $"{SectionName}:{nameof(Message)} has {Message.Length} characters; it must have at most {MaxLength}."
        : null;
}
