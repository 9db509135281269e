using System.Net.Sockets;
using Softy.Gateway.Configuration;
using Softy.Gateway.Failover;
using Yarp.ReverseProxy.Forwarder;

namespace Softy.Gateway.Forwarding;

/// <summary>Makes the connections to the replicas.</summary>
internal sealed class UpstreamClientFactory(
    LiveOptions<FailoverOptions> options,
    ILogger<ForwarderHttpClientFactory> logger
) : ForwarderHttpClientFactory(logger)
{
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);

        // Shorter than any server keeps an idle connection, so that it is this side that closes it, between requests.
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60);
        handler.ConnectTimeout = Timeout.InfiniteTimeSpan;
        handler.ConnectCallback = ConnectAsync;
        handler.ActivityHeadersPropagator = new TracePropagator(handler.ActivityHeadersPropagator!);
        handler.RequestHeaderEncodingSelector = SingleSendTransform.SelectEncoding;
    }

    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler) =>
        new DeadlineHandler(base.WrapHandler(context, handler));

    /// <summary>
    /// Connects within the configured time. A failure here, the timeout included, is what the client reports as
    /// "could not connect", and that is what says that a request was not sent.
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
            return new ReplicaConnection(socket);
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
