namespace Softy.Bench.Load;

/// <summary>A kind of request.</summary>
/// <param name="Name">How the report calls it.</param>
/// <param name="Slug">Its name in files.</param>
/// <param name="Path">The path and query.</param>
/// <param name="Body">The body of a POST; plain GETs without.</param>
/// <param name="Paths">Paths of which each GET takes one at random, in place of <paramref name="Path"/>.</param>
internal sealed record Workload(
    string Name,
    string Slug,
    string Path,
    string? Body = null,
    IReadOnlyList<string>? Paths = null
);
