using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Softy.ServiceDefaults;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>Sends a health probe to a replica.</summary>
internal sealed class Probe(TimeProvider time)
{
    /// <summary>Sends a probe by HTTP/1.1, to the address by which the replica is known.</summary>
    /// <param name="cluster">The cluster, whose HTTP client is used.</param>
    /// <param name="replica">The replica.</param>
    /// <param name="holdSeconds">How long the replica is asked to hold back its answer.</param>
    /// <param name="options">The options of probes.</param>
    /// <param name="ending">Ends the probe.</param>
    public Task<ProbeResult> SendAsync(
        ClusterState cluster,
        Replica replica,
        int holdSeconds,
        ProbeOptions options,
        CancellationToken ending
    ) =>
        SendAsync(
            cluster,
            replica,
            replica.Destination.Model.Config.Address.TrimEnd('/'),
            HttpVersion.Version11,
            holdSeconds,
            options,
            ending
        );

    /// <summary>Sends a probe to an address of the replica.</summary>
    public async Task<ProbeResult> SendAsync(
        ClusterState cluster,
        Replica replica,
        string address,
        Version version,
        int holdSeconds,
        ProbeOptions options,
        CancellationToken ending
    )
    {
        var startedAt = time.GetTimestamp();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ending);
        timeout.CancelAfter(options.Timeout + TimeSpan.FromSeconds(holdSeconds));
        using var request = new HttpRequestMessage(HttpMethod.Get, address + options.Path)
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("User-Agent", "Softy.Gateway (probe)");
        if (holdSeconds > 0)
        {
            request.Headers.TryAddWithoutValidation(
                "Prefer",
                string.Create(CultureInfo.InvariantCulture, $"wait={holdSeconds}")
            );
        }

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
                Header(response, SoftyHeaders.Service),
                int.TryParse(
                    Header(response, SoftyHeaders.Http2Port),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var port
                ) && port is > 0 and <= IPEndPoint.MaxPort
                    ? port
                    : null
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
