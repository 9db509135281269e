using StackExchange.Redis;

namespace Softy.Api.Live;

/// <summary>
/// The Redis channel on which replicas tell each other that something changed. It says what kind of thing, never what:
/// a notice that is lost costs time, not truth.
/// </summary>
internal static class LiveChannel
{
    public const string Name = "softy:live";
    public const string Messages = "messages";
    public const string Visits = "visits";

    public static RedisChannel Channel { get; } = new(Name, RedisChannel.PatternMode.Literal);
}
