using System.Net;
using System.Net.Sockets;
using Softy.ServiceDefaults;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>Sends a health probe to a replica.</summary>
internal sealed class Probe(TimeProvider time)
{
    public async Task<ProbeResult> SendAsync(
        ClusterState cluster,
        Replica replica,
        ProbeOptions options,
        CancellationToken ending
    )
    {
        var startedAt = time.GetTimestamp();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ending);
        timeout.CancelAfter(options.Timeout);
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            replica.Destination.Model.Config.Address.TrimEnd('/') + options.Path
        )
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("User-Agent", "Softy.Gateway (probe)");

        try
        {
            using var response = await cluster.Model.HttpClient.SendAsync(request, timeout.Token);
            var result =
                response.IsSuccessStatusCode ? ProbeStatus.Ready
                : response.Headers.Contains(SoftyHeaders.Draining) ? ProbeStatus.Draining
                : ProbeStatus.Failed;
            return new ProbeResult(
                result,
                Header(response, SoftyHeaders.Instance),
                Header(response, SoftyHeaders.Service)
            );
        }
        catch (HttpRequestException exception)
            when (exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return new ProbeResult(ProbeStatus.Refused);
        }
        catch (HttpRequestException)
        {
            return new ProbeResult(ProbeStatus.Failed);
        }
        catch (OperationCanceledException) when (!ending.IsCancellationRequested)
        {
            return new ProbeResult(replica.LastResponseAt > startedAt ? ProbeStatus.Busy : ProbeStatus.Silent);
        }
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) && values.FirstOrDefault() is { Length: > 0 } value
            ? value
            : null;
}
