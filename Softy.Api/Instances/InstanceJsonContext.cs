using System.Text.Json.Serialization;

namespace Softy.Api.Instances;

/// <summary>The source-generated JSON contract of the replica that answers.</summary>
[JsonSerializable(typeof(InstanceInfo))]
internal sealed partial class InstanceJsonContext : JsonSerializerContext;
