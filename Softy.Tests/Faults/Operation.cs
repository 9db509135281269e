namespace Softy.Tests.Faults;

/// <summary>A kind of request, and the faults during which it may fail.</summary>
/// <param name="Name">The name in reports.</param>
/// <param name="Needs">The store or service that it needs, besides the gateway and one replica.</param>
/// <param name="IsRepeatable">
/// Whether the gateway may send it a second time, so that clients do not notice when one replica dies.
/// </param>
/// <param name="MayBeTurnedAway">
/// Whether a 503 response with Retry-After is allowed, because a store did not answer in time.
/// </param>
internal sealed record Operation(
    string Name,
    string? Needs = null,
    bool IsRepeatable = true,
    bool MayBeTurnedAway = true
)
{
    public static readonly Operation Hello = new("GET /api/hello", MayBeTurnedAway: false);
    public static readonly Operation Site = new("GET /", "web", MayBeTurnedAway: false);
    public static readonly Operation List = new("GET /api/messages", "postgres");
    public static readonly Operation Find = new("GET /api/messages/{id}", "postgres");
    public static readonly Operation PostWithKey = new("POST /api/messages with a key", "postgres");
    public static readonly Operation Post = new("POST /api/messages", "postgres", IsRepeatable: false);
    public static readonly Operation PostRefused = new("POST /api/messages, to be refused", "postgres");
    public static readonly Operation Delete = new("DELETE /api/messages/{id}", "postgres");
    public static readonly Operation Visit = new("POST /api/visits", "redis", IsRepeatable: false);
    public static readonly Operation Visits = new("GET /api/visits", "redis");

    /// <summary>Whether faults explain that the request failed.</summary>
    public bool IsExplainedBy(IReadOnlyList<Fault> faults)
    {
        return Hits("gateway")
            || (Needs is not null && Hits(Needs))
            || (Needs != "web" && Array.TrueForAll(FaultRun.Replicas, Hits))
            // A replica that is restarted finishes its requests first.
            || (
                !IsRepeatable
                && faults.Any(fault => fault.Kind != FaultKind.Restart && FaultRun.Replicas.Contains(fault.Target))
            );

        bool Hits(string target) => faults.Any(fault => fault.Target == target);
    }
}
