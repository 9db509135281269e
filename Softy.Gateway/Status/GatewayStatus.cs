using System.Text.Json.Serialization;

namespace Softy.Gateway.Status;

/// <summary>The state of the load balancing. It is public, so it has no addresses and no secrets.</summary>
internal sealed record GatewayStatus(string Policy, double UptimeSeconds, IReadOnlyList<ReplicaStatus> Replicas);

/// <summary>
/// The state of one replica. Latencies cover the last ten seconds, and are measured until the response starts.
/// </summary>
internal sealed record ReplicaStatus(
    string Name,
    string Health,
    long Requests,
    long Failures,
    long Retries,
    int InFlight,
    double? P50Ms,
    double? P99Ms
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GatewayStatus))]
internal sealed partial class GatewayStatusJson : JsonSerializerContext;
