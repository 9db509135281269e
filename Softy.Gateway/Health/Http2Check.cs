using System.Net;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>
/// Decides whether a replica gets requests by HTTP/2. A replica announces its port in its answers to probes, so that
/// replicas with and without HTTP/2 can belong to one cluster, and none of them needs a setting of the gateway.
/// </summary>
/// <remarks>
/// The gateway cannot always reach the port: it may be mapped to another one, or be closed by a firewall. Therefore the
/// first probe of an announced port is sent by HTTP/2, and its answer must be from the same replica.
/// </remarks>
internal sealed partial class Http2Check(Probe probe, TimeProvider time, ILogger<Http2Check> logger)
{
    private static readonly TimeSpan _retryInterval = TimeSpan.FromMinutes(1);

    /// <summary>Updates <see cref="Replica.Http2"/> after a probe by HTTP/1.1.</summary>
    public async Task UpdateAsync(
        ClusterState cluster,
        Replica replica,
        ProbeResult answer,
        ProbeOptions options,
        CancellationToken ending
    )
    {
        if (answer.Status is ProbeStatus.Busy or ProbeStatus.Silent)
        {
            return;
        }

        if (answer.Http2Port is not { } port)
        {
            replica.Http2 = null;
        }
        // A replica that is not ready may not listen at all of its ports yet.
        else if (answer.Status == ProbeStatus.Ready && !IsUpToDate(replica.Http2, answer))
        {
            replica.Http2 = await CheckAsync(cluster, replica, port, answer, options, ending);
        }
    }

    private bool IsUpToDate(Http2Endpoint? known, ProbeResult answer) =>
        known is not null
        && known.Port == answer.Http2Port
        && known.Announcer == answer.Name
        && (known.Address is not null || time.GetElapsedTime(known.CheckedAt) < _retryInterval);

    private async Task<Http2Endpoint> CheckAsync(
        ClusterState cluster,
        Replica replica,
        int port,
        ProbeResult announcement,
        ProbeOptions options,
        CancellationToken ending
    )
    {
        var address = new UriBuilder(replica.Destination.Model.Config.Address) { Port = port }.Uri.GetLeftPart(
            UriPartial.Authority
        );
        var answer = await probe.SendAsync(
            cluster,
            replica,
            address,
            HttpVersion.Version20,
            holdSeconds: 0,
            options,
            ending
        );
        var isReachable =
            answer.Status is ProbeStatus.Ready or ProbeStatus.Draining
            && answer.Name == announcement.Name
            && answer.Http2Port == port;
        if (!isReachable)
        {
            LogUnreachable(cluster.ClusterId, announcement.Name ?? replica.Name, address);
        }

        return new Http2Endpoint(port, announcement.Name, isReachable ? address : null, time.GetTimestamp());
    }

    [LoggerMessage(
        1,
        LogLevel.Information,
        "{Cluster}: {Replica} announces HTTP/2, but does not answer at {Address}, so it gets requests by HTTP/1.1."
    )]
    private partial void LogUnreachable(string cluster, string replica, string address);
}
