namespace Softy.Api.Visits;

/// <summary>The number of visits.</summary>
/// <param name="Total">The sum over all replicas.</param>
/// <param name="Instances">
/// The visits by the name of the replica; those of replicas that are gone are merged as "earlier replicas".
/// </param>
internal sealed record VisitTotals(long Total, IReadOnlyDictionary<string, long> Instances)
{
    /// <summary>
    /// The key of replicas that are gone. It cannot be the name of a replica, because names have no spaces.
    /// </summary>
    public const string EarlierReplicas = "earlier replicas";

    /// <summary>Whether no visit was counted and no replica was merged since earlier totals.</summary>
    public bool HasSameCountsAs(VisitTotals? before) =>
        before is not null
        && Total == before.Total
        && Instances.GetValueOrDefault(EarlierReplicas) == before.Instances.GetValueOrDefault(EarlierReplicas);
}
