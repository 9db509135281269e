using System.Text.Json.Serialization;
using Softy.Api.Json;

namespace Softy.Api.Visits;

/// <summary>The source-generated JSON contract of the visit totals.</summary>
[JsonSerializable(typeof(VisitTotals))]
internal sealed partial class VisitJsonContext : JsonSerializerContext
{
    /// <summary>The context for code that reads or writes JSON without the framework.</summary>
    public static VisitJsonContext Shared { get; } = new(JsonFormat.CreateOptions());
}
