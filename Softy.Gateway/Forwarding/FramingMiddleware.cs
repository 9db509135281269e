using Softy.Gateway.Problems;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Rejects requests whose body length other servers may interpret differently: those with transfer codings other than
/// <c>chunked</c>, or with any transfer coding in HTTP/1.0. Otherwise an attacker could smuggle a second request in the
/// body.
/// </summary>
internal sealed class FramingMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var codings = context.Request.Headers.TransferEncoding;
        if (
            codings.Count == 0
            || (
                codings.Count == 1
                && "chunked".Equals(codings[0], StringComparison.OrdinalIgnoreCase)
                && !HttpProtocol.IsHttp10(context.Request.Protocol)
            )
        )
        {
            return next(context);
        }

        // The start of the next request on this connection is unknown.
        context.Response.Headers.Connection = "close";
        return Problem.WriteAsync(
            context,
            StatusCodes.Status400BadRequest,
            "The only supported transfer coding is chunked, in HTTP/1.1."
        );
    }
}
