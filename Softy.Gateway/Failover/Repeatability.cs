namespace Softy.Gateway.Failover;

/// <summary>When a request may be sent a second time.</summary>
internal enum Repeatability
{
    /// <summary>Only when nothing of it was sent the first time: a second copy might be a second write.</summary>
    BeforeSending,

    /// <summary>Always: its method is idempotent, or its client has given it a key by which the API knows it again.</summary>
    Always,
}

internal static class RepeatabilityExtensions
{
    private const string IdempotencyKey = "Idempotency-Key";

    public static Repeatability Repeatability(this HttpRequest request)
    {
        var method = request.Method;
        var isRepeatable =
            HttpMethods.IsGet(method)
            || HttpMethods.IsHead(method)
            || HttpMethods.IsPut(method)
            || HttpMethods.IsDelete(method)
            || HttpMethods.IsOptions(method)
            || HttpMethods.IsTrace(method)
            || !string.IsNullOrWhiteSpace(request.Headers[IdempotencyKey]);
        return isRepeatable ? Failover.Repeatability.Always : Failover.Repeatability.BeforeSending;
    }
}
