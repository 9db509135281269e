namespace Softy.Api.Visits;

/// <summary>How many visits were counted.</summary>
/// <param name="Total">By all replicas together.</param>
/// <param name="Instances">By each replica, by its name; those that are gone are counted together as "earlier replicas".</param>
internal sealed record VisitTotals(long Total, IReadOnlyDictionary<string, long> Instances)
{
    /// <summary>What replicas that are gone are counted as; no replica is called so, because names have no spaces.</summary>
    public const string EarlierReplicas = "earlier replicas";

    /// <summary>Whether nothing was counted, and nobody was forgotten, between these totals and others.</summary>
    public bool IsAsBefore(VisitTotals? before) =>
        before is not null
        && Total == before.Total
        && Instances.GetValueOrDefault(EarlierReplicas) == before.Instances.GetValueOrDefault(EarlierReplicas);
}
