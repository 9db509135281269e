using System.Text.Json.Serialization;

namespace Softy.Gateway.Status;

/// <summary>How the balancing goes, for anyone to see: no addresses, no secrets.</summary>
internal sealed record GatewayStatus(string Policy, double UptimeSeconds, IReadOnlyList<ReplicaStatus> Replicas);

/// <summary>One replica's share. Latencies are of the last ten seconds, until the replica begins to answer.</summary>
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
