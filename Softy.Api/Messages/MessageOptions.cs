using Softy.ServiceDefaults.Configuration;

namespace Softy.Api.Messages;

/// <summary>Settings of the message wall. Read from the configuration section <c>Messages</c>.</summary>
internal sealed class MessageOptions
{
    public const string SectionName = "Messages";

    /// <summary>
    /// How old a cached page may get. A deleted message is shown for that long when the replica that deletes it cannot
    /// reach Redis.
    /// </summary>
    [Duration("00:00:00.010", "00:00:01", ErrorMessage = "Messages:CacheDuration must be between 10 ms and 1 s.")]
    public TimeSpan CacheDuration { get; set; } = TimeSpan.FromMilliseconds(900);

    /// <summary>
    /// The time between two clean-ups, which remove idempotency keys and events that are older than 24 hours. Only one
    /// replica at a time does it.
    /// </summary>
    [Duration("00:00:00.050", "01:00:00", ErrorMessage = "Messages:CleanupInterval must be between 50 ms and 1 h.")]
    public TimeSpan CleanupInterval { get; set; } = TimeSpan.FromMinutes(10);
}
