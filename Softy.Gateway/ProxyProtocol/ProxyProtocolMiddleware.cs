using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.ProxyProtocol;

/// <summary>
/// Reads the PROXY header from the connections of trusted balancers, before the TLS handshake, and sets the
/// connection's remote endpoint to the client in the header. Connections of a trusted balancer that lack the header are
/// closed. If the header were optional, any client behind the balancer could send its own.
/// </summary>
internal sealed partial class ProxyProtocolMiddleware(
    LiveOptions<ProxyProtocolOptions> options,
    TimeProvider time,
    ILogger<ProxyProtocolMiddleware> logger
)
{
    // The same as the server's timeout for a TLS handshake.
    private static readonly TimeSpan _headerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Makes an endpoint accept the header from trusted balancers.</summary>
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
                // Balancers open and close connections to check whether the port is open.
                return;
            }

            connection.RemoteEndPoint = header.Source ?? connection.RemoteEndPoint;
        }
        catch (Exception exception)
            when (exception is InvalidDataException or OperationCanceledException or IOException)
        {
            LogRejected(connection.RemoteEndPoint, exception.Message);
            connection.Abort(new ConnectionAbortedException("The PROXY header is missing or invalid.", exception));
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
        "A connection from the trusted source {Source} was closed, because it has no PROXY header: {Problem}"
    )]
    private partial void LogRejected(EndPoint? source, string problem);
}
