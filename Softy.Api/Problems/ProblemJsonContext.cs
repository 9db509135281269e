using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Softy.Api.Json;

namespace Softy.Api.Problems;

/// <summary>The source-generated JSON contracts of problems and their kinds.</summary>
[JsonSerializable(typeof(HttpValidationProblemDetails))]
[JsonSerializable(typeof(IReadOnlyList<ProblemType>))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class ProblemJsonContext : JsonSerializerContext
{
    /// <summary>The context for code that reads or writes JSON without the framework.</summary>
    public static ProblemJsonContext Shared { get; } = new(JsonFormat.CreateOptions());
}
