namespace Softy.Bench.Measuring;

/// <summary>One measurement of one contestant.</summary>
/// <param name="PerSecond">Responses, or events, per second.</param>
/// <param name="P50">The median latency in milliseconds.</param>
/// <param name="P99">The 99th percentile of the latency in milliseconds.</param>
/// <param name="P999">The 99.9th percentile of the latency in milliseconds.</param>
/// <param name="Errors">The number of failed requests.</param>
/// <param name="ProxyCpu">CPU seconds of the proxy for 10,000 requests.</param>
/// <param name="ReplicaCpu">CPU seconds of the replicas for 10,000 requests.</param>
/// <param name="ClientCpu">CPU seconds of the client for 10,000 requests.</param>
internal sealed record Sample(
    double PerSecond,
    double P50,
    double P99,
    double P999,
    long Errors,
    double ProxyCpu,
    double ReplicaCpu,
    double ClientCpu
);
