using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.ProxyProtocol;

/// <summary>
/// Takes the PROXY header off the connections of trusted balancers, before TLS begins, and makes the client that it
/// names the connection's peer. A trusted balancer's connection without the header is closed: to guess would let
/// whoever reaches the gateway through the balancer write the header.
/// </summary>
internal sealed partial class ProxyProtocolMiddleware(
    LiveOptions<ProxyProtocolOptions> options,
    TimeProvider time,
    ILogger<ProxyProtocolMiddleware> logger
)
{
    // As long as the server waits for a TLS handshake.
    private static readonly TimeSpan _headerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Lets connections of an endpoint begin with the header.</summary>
    public void Apply(ListenOptions endpoint) =>
        endpoint.Use(next =>
            connection =>
                connection.RemoteEndPoint is IPEndPoint { Address: var peer } && options.Current.IsTrusted(peer)
                    ? ReadHeaderThenContinueAsync(connection, next)
                    : next(connection)
        );

    private async Task ReadHeaderThenContinueAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            using var timeout = new CancellationTokenSource(_headerTimeout, time);
            if (await ReadAsync(connection, timeout.Token) is not { } header)
            {
                // Closed again, as balancers do to see whether somebody listens.
                return;
            }

            connection.RemoteEndPoint = header.Source ?? connection.RemoteEndPoint;
        }
        catch (Exception exception)
            when (exception is InvalidDataException or OperationCanceledException or IOException)
        {
            LogRejected(connection.RemoteEndPoint, exception.Message);
            connection.Abort(new ConnectionAbortedException("There is no PROXY header.", exception));
            return;
        }

        await next(connection);
    }

    private static async ValueTask<ProxyHeader?> ReadAsync(
        ConnectionContext connection,
        CancellationToken cancellationToken
    )
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var header = Parse(read.Buffer);
            if (header is { Length: var length })
            {
                input.AdvanceTo(read.Buffer.GetPosition(length));
                return header;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    private static ProxyHeader? Parse(in ReadOnlySequence<byte> buffer) =>
        ProxyHeader.Read(buffer.IsSingleSegment ? buffer.FirstSpan : buffer.ToArray());

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "A connection from the trusted {Source} is closed, because it has no PROXY header: {Problem}"
    )]
    private partial void LogRejected(EndPoint? source, string problem);
}
