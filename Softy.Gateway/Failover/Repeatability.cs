namespace Softy.Gateway.Failover;

/// <summary>When a request may be sent a second time.</summary>
internal enum Repeatability
{
    /// <summary>Only when nothing of it was sent the first time: a second copy might be a second write.</summary>
    BeforeSending,

    /// <summary>Always: its method is idempotent, or the service knows it again by the key that its client has given it.</summary>
    Always,
}

internal static class RepeatabilityExtensions
{
    /// <summary>The header by which a service that honours it knows a repeated request.</summary>
    public const string IdempotencyKey = "Idempotency-Key";

    public static Repeatability Repeatability(this HttpRequest request, FailoverOptions options)
    {
        var method = request.Method;
        var isRepeatable =
            HttpMethods.IsGet(method)
            || HttpMethods.IsHead(method)
            || HttpMethods.IsPut(method)
            || HttpMethods.IsDelete(method)
            || HttpMethods.IsOptions(method)
            || HttpMethods.IsTrace(method)
            || (
                !string.IsNullOrWhiteSpace(request.Headers[IdempotencyKey])
                && options.HonoursIdempotencyKey(request.Path)
            );
        return isRepeatable ? Failover.Repeatability.Always : Failover.Repeatability.BeforeSending;
    }
}
