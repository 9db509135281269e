using StackExchange.Redis;

namespace Softy.Api.Notifications;

/// <summary>
/// The Redis channel on which replicas notify each other of changes. A notification has only the kind of change, and
/// the replicas read the change itself from the stores. A lost notification therefore delays an event but loses none.
/// </summary>
internal static class NotificationChannel
{
    public const string Name = "softy:live";
    public const string Messages = "messages";
    public const string Visits = "visits";

    public static RedisChannel Channel { get; } = new(Name, RedisChannel.PatternMode.Literal);
}
