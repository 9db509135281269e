namespace Softy.Api.Visits;

/// <summary>How many visits were counted.</summary>
/// <param name="Total">By all replicas together.</param>
/// <param name="Instances">By each replica, by its name.</param>
internal sealed record VisitTotals(long Total, IReadOnlyDictionary<string, long> Instances);
