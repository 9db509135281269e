using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using Softy.ServiceDefaults.Draining;

namespace Softy.Gateway.Status;

internal static class StatusEndpoints
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    public static void MapStatus(this IEndpointRouteBuilder endpoints)
    {
        var status = endpoints.MapGroup("/gateway/status");
        status.MapGet("", Read);
        status.MapGet("stream", Watch);
    }

    private static Ok<GatewayStatus> Read(StatusReader reader, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(reader.Read());
    }

    private static ServerSentEventsResult<GatewayStatus> Watch(
        StatusReader reader, StatusSignal signal, TimeProvider time, DrainState drain, CancellationToken requestAborted) =>
        TypedResults.ServerSentEvents(WatchAsync(reader, signal, time, drain.ListeningEnds, requestAborted));

    private static async IAsyncEnumerable<SseItem<GatewayStatus>> WatchAsync(
        StatusReader reader,
        StatusSignal signal,
        TimeProvider time,
        CancellationToken listeningEnds,
        [EnumeratorCancellation] CancellationToken requestAborted)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(listeningEnds, requestAborted);
        while (!ending.IsCancellationRequested)
        {
            // Asked for before the status is read, so that no change falls between the two.
            var change = signal.Next;
            yield return new SseItem<GatewayStatus>(reader.Read(), "status");
            await Task.WhenAny(change, Task.Delay(_interval, time, ending.Token));
        }
    }
}
