using Softy.Gateway.Configuration;
using Softy.Gateway.Problems;

namespace Softy.Gateway.Status;

/// <summary>
/// Serves the status only on the status port, and nothing but the status and health probes on that port. The port of
/// the connection decides, because clients can send any port in the <c>Host</c> header.
/// </summary>
internal sealed class StatusPortMiddleware(RequestDelegate next, LiveOptions<StatusOptions> options)
{
    private static readonly PathString[] _probes = ["/health", "/alive"];

    private readonly int _port = options.Current.Port;

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        var isStatus = path.StartsWithSegments(StatusEndpoints.Prefix, StringComparison.OrdinalIgnoreCase);
        var isAllowed = context.Connection.LocalPort == _port ? isStatus || IsProbe(path) : !isStatus;
        return isAllowed
            ? next(context)
            : Problem.WriteAsync(context, StatusCodes.Status404NotFound, "This path is not available on this port.");
    }

    private static bool IsProbe(PathString path) =>
        Array.Exists(_probes, probe => path.StartsWithSegments(probe, StringComparison.OrdinalIgnoreCase));
}
