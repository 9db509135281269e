using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Softy.Gateway.Failover;

/// <summary>
/// A connection to a replica, on which a replica may refuse a request before it has had all of its body. The HTTP client
/// looks at no answer before it has sent the whole body, which may take minutes; by then the replica has closed the
/// connection, and its answer is lost. RFC 9112, section 9.5, wants a client to watch for such an answer, to stop
/// sending then, and to close the connection after it.
/// </summary>
internal sealed class ReplicaConnection(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    // "HTTP/1.1 404": the first digit of the status code is the tenth character.
    private const int StatusLength = 12;
    private const int StatusCodeOffset = 9;

    private static readonly AsyncLocal<ReplayableBody?> _next = new();

    private volatile ReplayableBody? _body;
    private volatile bool _isReading;
    private volatile bool _isWriting;
    private volatile bool _isRejected;
    private bool _hasInsertedCloseHeader;
    private ReadOnlyMemory<byte> _overflow;

    // The client keeps the connection for the next request unless the answer says that it must not. After an answer that
    // came before the end of the request this cannot be, because the replica would take that request for the rest of it.
    private static ReadOnlySpan<byte> CloseHeader => "Connection: close\r\n"u8;

    /// <summary>Lets the connection that the current request is written to and the request's body know each other.</summary>
    public static void AttachBody(ReplayableBody body) => _next.Value = body;

    /// <summary>Lets go of a body, because its request is over.</summary>
    public void Release() => _body = null;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isRejected)
        {
            // The rest of the body, which the replica does not want.
            return ValueTask.CompletedTask;
        }

        if (_next.Value is not { MayEndEarly: true } body)
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

    /// <summary>Watches for an answer that refuses the request, unless the client has begun to read already.</summary>
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
            // The replica has gone, or the request is over.
        }
    }

    private static bool IsFinal(ReadOnlySpan<byte> answer, char firstClass) =>
        answer.Length >= StatusLength && answer.StartsWith("HTTP/1."u8) && answer[StatusCodeOffset] >= firstClass;

    private void EndBodyIfRejected(ReplayableBody body, ReadOnlySpan<byte> answer)
    {
        // A success may be an answer that goes on while the replica reads the body: it wants all of it.
        if (body != _body || body.IsComplete || !IsFinal(answer, firstClass: '3'))
        {
            return;
        }

        _isRejected = true;
        body.End();
        if (_isWriting)
        {
            // A write that waits for a replica which reads no more would wait for ever.
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
                // The replica may have stopped reading.
                body.Watch();
            }

            await writing;
        }
        catch (IOException) when (_isRejected || HasResponded())
        {
            // The replica has closed the connection, and has said why: the answer can be read still.
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

    // Every answer that has to be waited for comes through here: the state is kept for the next one.
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
            // What comes after the first bytes of the answer is its body.
            _body = null;
        }

        return _isRejected && !_hasInsertedCloseHeader ? InsertCloseHeader(buffer.Span, count) : count;
    }

    /// <summary>Puts the header after the status line.</summary>
    private int InsertCloseHeader(Span<byte> buffer, int count)
    {
        var line = buffer[..count].IndexOf((byte)'\n') + 1;
        if (line == 0)
        {
            return count;
        }

        byte[] announced = [.. buffer[..line], .. CloseHeader, .. buffer[line..count]];
        _hasInsertedCloseHeader = true;
        count = Math.Min(announced.Length, buffer.Length);
        announced.AsSpan(0, count).CopyTo(buffer);
        _overflow = announced.AsMemory(count);
        return count;
    }
}
