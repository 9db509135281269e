namespace Softy.Bench.Load;

/// <summary>A kind of request.</summary>
/// <param name="Name">The name in the report.</param>
/// <param name="Slug">The name in file names.</param>
/// <param name="Path">The path and query.</param>
/// <param name="Body">The body of a POST; null for GET.</param>
/// <param name="Paths">Paths from which each GET takes one at random, instead of <paramref name="Path"/>.</param>
internal sealed record Workload(
    string Name,
    string Slug,
    string Path,
    string? Body = null,
    IReadOnlyList<string>? Paths = null
);
