namespace Softy.Gateway.Failover;

/// <summary>Decides whether a request can safely be processed twice.</summary>
internal static class Idempotency
{
    /// <summary>The header by which a service detects repeated requests.</summary>
    public const string KeyHeader = "Idempotency-Key";

    /// <summary>
    /// Whether the request can be retried even if a replica may have processed it: its method is idempotent, or it has
    /// a key by which the service detects repeated requests. Other requests can only be retried if nothing was sent.
    /// </summary>
    public static bool IsIdempotent(HttpRequest request, FailoverOptions options)
    {
        var method = request.Method;
        return HttpMethods.IsGet(method)
            || HttpMethods.IsHead(method)
            || HttpMethods.IsPut(method)
            || HttpMethods.IsDelete(method)
            || HttpMethods.IsOptions(method)
            || HttpMethods.IsTrace(method)
            || (!string.IsNullOrWhiteSpace(request.Headers[KeyHeader]) && options.HonoursIdempotencyKey(request.Path));
    }
}
