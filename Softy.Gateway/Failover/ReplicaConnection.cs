using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Softy.Gateway.Failover;

/// <summary>
/// A connection that detects when the replica rejects a request before it has received the whole body. The HTTP client
/// only reads the response after it has sent the whole body, which can take minutes. By then the replica has closed the
/// connection and the response is lost. According to RFC 9112, section 9.5, a client should monitor the connection for
/// such a response, stop sending, and close the connection.
/// </summary>
internal sealed class ReplicaConnection(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    // "HTTP/1.1 404": the first digit of the status code is the tenth character.
    private const int StatusLength = 12;
    private const int StatusCodeOffset = 9;

    private static readonly AsyncLocal<ReplayableBody?> _currentBody = new();

    private volatile ReplayableBody? _body;
    private volatile bool _isReading;
    private volatile bool _isWriting;
    private volatile bool _isRejected;
    private bool _hasInsertedCloseHeader;
    private ReadOnlyMemory<byte> _overflow;

    // The HTTP client reuses a connection unless the response forbids it. After an early response it must not, because
    // the replica would read the next request as the rest of the body.
    private static ReadOnlySpan<byte> CloseHeader => "Connection: close\r\n"u8;

    /// <summary>Associates a request's body with the connection that the current request will be written to.</summary>
    public static void AttachBody(ReplayableBody body) => _currentBody.Value = body;

    /// <summary>Detaches the body at the end of its request.</summary>
    public void Release() => _body = null;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isRejected)
        {
            // Discards the rest of the body, which the replica has rejected.
            return ValueTask.CompletedTask;
        }

        if (_currentBody.Value is not { MayEndEarly: true } body)
        {
            return base.WriteAsync(buffer, cancellationToken);
        }

        _body = body;
        body.Connection = this;
        return WriteUnlessRejectedAsync(body, buffer, cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_overflow.IsEmpty)
        {
            var count = Math.Min(buffer.Length, _overflow.Length);
            _overflow[..count].CopyTo(buffer);
            _overflow = _overflow[count..];
            return ValueTask.FromResult(count);
        }

        var reading = base.ReadAsync(buffer, cancellationToken);
        return reading.IsCompleted && _body is null && !_isRejected ? reading : ReadResponseAsync(reading, buffer);
    }

    /// <summary>Watches for a response that rejects the request, unless the HTTP client is already reading.</summary>
    public async Task WatchAsync(ReplayableBody body, CancellationToken cancellationToken)
    {
        if (_isReading)
        {
            return;
        }

        try
        {
            var status = new byte[StatusLength];
            var length = await Socket.ReceiveAsync(status, SocketFlags.Peek, cancellationToken);
            EndBodyIfRejected(body, status.AsSpan(0, length));
        }
        catch (Exception exception)
            when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The replica has disconnected, or the request has ended.
        }
    }

    private static bool IsFinal(ReadOnlySpan<byte> answer, char firstClass) =>
        answer.Length >= StatusLength && answer.StartsWith("HTTP/1."u8) && answer[StatusCodeOffset] >= firstClass;

    private void EndBodyIfRejected(ReplayableBody body, ReadOnlySpan<byte> answer)
    {
        // A successful response may be sent while the replica is still reading the body, so it is no rejection.
        if (body != _body || body.IsComplete || !IsFinal(answer, firstClass: '3'))
        {
            return;
        }

        _isRejected = true;
        body.End();
        if (_isWriting)
        {
            // The pending write would never complete, because the replica has stopped reading.
            Socket.Shutdown(SocketShutdown.Send);
        }
    }

    private async ValueTask WriteUnlessRejectedAsync(
        ReplayableBody body,
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken
    )
    {
        try
        {
            _isWriting = true;
            var writing = base.WriteAsync(buffer, cancellationToken);
            if (!writing.IsCompleted)
            {
                // The write is blocked, maybe because the replica has stopped reading.
                body.Watch();
            }

            await writing;
        }
        catch (IOException) when (_isRejected || HasResponded())
        {
            // The replica has closed the connection, but its response can still be read.
            _isRejected = true;
            body.End();
        }
        finally
        {
            _isWriting = false;
        }
    }

    private bool HasResponded()
    {
        try
        {
            Span<byte> status = stackalloc byte[StatusLength];
            return Socket.Available >= StatusLength
                && IsFinal(status[..Socket.Receive(status, SocketFlags.Peek)], firstClass: '2');
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    // Nearly all responses take this path, so the state machines are pooled.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadResponseAsync(ValueTask<int> reading, Memory<byte> buffer)
    {
        int count;
        try
        {
            _isReading = true;
            count = await reading;
        }
        finally
        {
            _isReading = false;
        }

        if (_body is { } body && !_isRejected)
        {
            EndBodyIfRejected(body, buffer.Span[..count]);
            // The status code is in the first bytes, so later reads need no check.
            _body = null;
        }

        return _isRejected && !_hasInsertedCloseHeader ? InsertCloseHeader(buffer.Span, count) : count;
    }

    /// <summary>Inserts a <c>Connection: close</c> header after the status line.</summary>
    private int InsertCloseHeader(Span<byte> buffer, int count)
    {
        var line = buffer[..count].IndexOf((byte)'\n') + 1;
        if (line == 0)
        {
            return count;
        }

        byte[] extended = [.. buffer[..line], .. CloseHeader, .. buffer[line..count]];
        _hasInsertedCloseHeader = true;
        count = Math.Min(extended.Length, buffer.Length);
        extended.AsSpan(0, count).CopyTo(buffer);
        _overflow = extended.AsMemory(count);
        return count;
    }
}
