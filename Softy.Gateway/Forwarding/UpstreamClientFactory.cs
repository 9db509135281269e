using System.Net.Sockets;
using Softy.Gateway.Configuration;
using Softy.Gateway.Failover;
using Yarp.ReverseProxy.Forwarder;

namespace Softy.Gateway.Forwarding;

/// <summary>Creates the HTTP clients for the replicas.</summary>
internal sealed class UpstreamClientFactory(
    LiveOptions<FailoverOptions> options,
    ILogger<ForwarderHttpClientFactory> logger
) : ForwarderHttpClientFactory(logger)
{
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);

        // Shorter than the idle timeout of common servers, so that the gateway closes idle connections before the
        // replica does.
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60);
        // Requests share the connections of HTTP/2, so one that leads nowhere must be noticed although it is in use. A
        // replica that is only busy answers within this time.
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(15);
        handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(15);
        handler.ConnectTimeout = Timeout.InfiniteTimeSpan;
        handler.ConnectCallback = ConnectAsync;
        handler.ActivityHeadersPropagator = new TracePropagator(handler.ActivityHeadersPropagator!);
        handler.RequestHeaderEncodingSelector = SingleSend.SelectEncoding;
    }

    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler) =>
        new DeadlineHandler(base.WrapHandler(context, handler));

    /// <summary>
    /// Connects within the configured timeout. The HTTP client reports any exception here as a connection error, which
    /// tells that no request was sent.
    /// </summary>
    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.Current.ConnectTimeout);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, timeout.Token);
            // Requests by HTTP/2 have no body that a replica could reject.
            return context.InitialRequestMessage.Version.Major < 2
                ? new ReplicaConnection(socket)
                : new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
