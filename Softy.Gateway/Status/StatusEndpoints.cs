using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Softy.Gateway.Problems;
using Softy.ServiceDefaults.Draining;

namespace Softy.Gateway.Status;

internal static class StatusEndpoints
{
    /// <summary>The common prefix of the paths.</summary>
    public const string Prefix = "/gateway/status";

    private static readonly string[] _methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapStatus(this IEndpointRouteBuilder endpoints)
    {
        var status = endpoints.MapGroup(Prefix);
        status.MapMethods("", _methods, Read);
        status.MapMethods("stream", _methods, WatchAsync);
    }

    private static Ok<GatewayStatus> Read(StatusReader reader, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(reader.Read());
    }

    private static async Task WatchAsync(HttpContext context, StatusFeed feed, DrainState drain)
    {
        if (!feed.TryAddWatcher())
        {
            await Problem.WriteAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "Too many clients are watching the status.",
                retryAfterSeconds: 5
            );
            return;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(drain.ListeningEnds, context.RequestAborted);
        try
        {
            var response = context.Response;
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-cache,no-store";
            context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
            while (!HttpMethods.IsHead(context.Request.Method))
            {
                var latest = feed.Latest;
                await response.BodyWriter.WriteAsync(latest.Content, ending.Token);
                await latest.Superseded.WaitAsync(ending.Token);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The client has disconnected or the gateway is shutting down, so the stream ends normally.
        }
        finally
        {
            feed.RemoveWatcher();
        }
    }
}
