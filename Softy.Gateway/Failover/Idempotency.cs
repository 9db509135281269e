namespace Softy.Gateway.Failover;

/// <summary>Decides whether a request has the same effect when a second replica gets it, too.</summary>
internal static class Idempotency
{
    /// <summary>The request header by which a service recognizes a request that it has already handled.</summary>
    public const string KeyHeader = "Idempotency-Key";

    /// <summary>
    /// Whether the request can be sent to another replica after a first one may have handled it: its method is idempotent,
    /// or it has a key that the service honors. Any other request can only be retried if none of it was sent.
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
