using Softy.Gateway.Configuration;
using Softy.Gateway.Problems;

namespace Softy.Gateway.Status;

/// <summary>
/// Answers about the gateway on the port that is for that, and on no other; on that port, nothing else, but for probes.
/// The port of the connection decides: what a client writes in <c>Host</c> is its own choice.
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
            : Problem.WriteAsync(context, StatusCodes.Status404NotFound, "There is nothing here.");
    }

    private static bool IsProbe(PathString path) =>
        Array.Exists(_probes, probe => path.StartsWithSegments(probe, StringComparison.OrdinalIgnoreCase));
}
