using System.Text.Json.Serialization;
using Softy.Api.Json;

namespace Softy.Api.Messages;

/// <summary>The source-generated JSON contracts of messages.</summary>
[JsonSerializable(typeof(CreatedMessage))]
[JsonSerializable(typeof(MessagePage))]
[JsonSerializable(typeof(NewMessage))]
internal sealed partial class MessageJsonContext : JsonSerializerContext
{
    /// <summary>The context for code that reads or writes JSON without the framework.</summary>
    public static MessageJsonContext Shared { get; } = new(JsonFormat.CreateOptions());
}
