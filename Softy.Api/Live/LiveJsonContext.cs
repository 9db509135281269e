using System.Text.Json.Serialization;
using Softy.Api.Json;

namespace Softy.Api.Live;

/// <summary>The source-generated JSON contract of the event that only the live stream has.</summary>
[JsonSerializable(typeof(DeletedMessage))]
internal sealed partial class LiveJsonContext : JsonSerializerContext
{
    /// <summary>The context for code that reads or writes JSON without the framework.</summary>
    public static LiveJsonContext Shared { get; } = new(JsonFormat.CreateOptions());
}
