using System.Buffers;

namespace Softy.Gateway.Failover;

/// <summary>
/// A request body that can be read again from its start, as long as no more than a limit was read from it. It is kept
/// while it streams through: nothing waits for the body to be complete.
/// </summary>
/// <param name="body">The client's body.</param>
/// <param name="length">How long it is; <see langword="null"/> where the client has not said.</param>
/// <param name="limit">How much of it is kept.</param>
internal sealed class ReplayableBody(Stream body, long? length, int limit) : Stream
{
    private const int FirstBuffer = 4096;

    private byte[]? _kept = [];
    private int _keptLength;
    private int _position;
    private long _received;
    private bool _hasEnded;

    /// <summary>False once more was read than is kept.</summary>
    public bool CanRewind => _kept is not null;

    /// <summary>Whether the client has sent all of it. Until then it may be the client that the replica waits for.</summary>
    public bool IsComplete => _hasEnded || _received >= length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Starts over: first what is kept, then what the client sends on.</summary>
    public void Rewind() => _position = 0;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position < _keptLength)
        {
            var count = Math.Min(buffer.Length, _keptLength - _position);
            _kept.AsSpan(_position, count).CopyTo(buffer.Span);
            _position += count;
            return count;
        }

        var read = await body.ReadAsync(buffer, cancellationToken);
        _received += read;
        _hasEnded |= read == 0 && buffer.Length > 0;
        Keep(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        // The server's own stream stays open: it belongs to the connection.
        Release();
        base.Dispose(disposing);
    }

    private void Keep(ReadOnlySpan<byte> read)
    {
        if (_kept is null || read.IsEmpty)
        {
            return;
        }

        var keptLength = _keptLength + read.Length;
        if (keptLength > limit)
        {
            Release();
            return;
        }

        if (keptLength > _kept.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(keptLength, Math.Min(limit, Math.Max(FirstBuffer, _kept.Length * 2))));
            _kept.AsSpan(0, _keptLength).CopyTo(larger);
            Return(_kept);
            _kept = larger;
        }

        read.CopyTo(_kept.AsSpan(_keptLength));
        _keptLength = _position = keptLength;
    }

    private void Release()
    {
        Return(_kept);
        _kept = null;
        _keptLength = _position = 0;
    }

    private static void Return(byte[]? buffer)
    {
        if (buffer is { Length: > 0 })
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
