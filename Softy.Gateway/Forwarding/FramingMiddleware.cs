using Softy.Gateway.Problems;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Refuses requests whose body the server would read, and another server may read otherwise: with more transfer
/// codings than <c>chunked</c>, or with one in HTTP/1.0, which has none. What comes after such a request could be part
/// of its body for one reader, and the next request for the other.
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

        // Whatever follows on this connection has no certain beginning.
        context.Response.Headers.Connection = "close";
        return Problem.WriteAsync(
            context,
            StatusCodes.Status400BadRequest,
            "The transfer coding must be chunked and nothing else, in HTTP/1.1."
        );
    }
}
