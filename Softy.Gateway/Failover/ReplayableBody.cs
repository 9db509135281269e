namespace Softy.Gateway.Failover;

/// <summary>
/// A request body that can be read again from its start, as long as no more than a limit was read. It is buffered while
/// it streams through, so nothing waits for the complete body. The body ends early when the replica refuses the request
/// before it has received all of it.
/// </summary>
/// <param name="body">The client's body.</param>
/// <param name="length">How long it is; <see langword="null"/> where the client has not said.</param>
/// <param name="limit">The number of bytes to buffer.</param>
/// <param name="mayEndEarly">
/// Whether to watch for a refusal. Where the client waits for "100 Continue", the HTTP client does it.
/// </param>
internal sealed class ReplayableBody(ClientBody body, long? length, int limit, bool mayEndEarly) : Stream
{
    private readonly ReplayBuffer _kept = new(limit);
    private readonly Lock _lock = new();
    private int _position;
    private long _given;
    private long _received;
    private bool _hasEnded;
    private CancellationTokenSource? _watching;
    private TaskCompletionSource _refused = NewSource();

    /// <summary>Whether the rest of the body may be left out once the replica has refused the request.</summary>
    public bool MayEndEarly => mayEndEarly;

    /// <summary>Whether all bytes that were read are still buffered.</summary>
    public bool CanRewind => !_kept.HasOverflowed;

    /// <summary>
    /// Whether the client has sent all of it. Until then the replica may be waiting for the client.
    /// </summary>
    public bool IsComplete => _hasEnded || _received >= length;

    /// <summary>The connection to which the body is being written.</summary>
    public ReplicaConnection? Connection { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Starts over, with the buffered bytes and then the rest from the client.</summary>
    public void Rewind()
    {
        StopWatching();
        (_position, _given, _refused) = (0, 0, NewSource());
    }

    /// <summary>Ends the body early, because the replica has refused the request.</summary>
    public void End() => _refused.TrySetResult();

    /// <summary>Watches the connection for a response that refuses the request.</summary>
    public void Watch()
    {
        lock (_lock)
        {
            if (_watching is null && Connection is { } connection)
            {
                _watching = new CancellationTokenSource();
                _ = connection.WatchAsync(this, _watching.Token);
            }
        }
    }

    /// <summary>Stops watching the connection, which may serve another request next.</summary>
    public void StopWatching()
    {
        lock (_lock)
        {
            _watching?.Cancel();
            _watching?.Dispose();
            _watching = null;
            Connection?.Release();
            Connection = null;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count =
            _position < _kept.Length
                ? _kept.Read(buffer.Span, ref _position)
                : await ReceiveAsync(buffer, cancellationToken);
        _given += count;
        return count;
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
        // The server's own stream stays open, because it belongs to the connection.
        StopWatching();
        _kept.Release();
        base.Dispose(disposing);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_refused.Task.IsCompleted)
        {
            return Fill(buffer.Span);
        }

        using var reading = mayEndEarly ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken) : null;
        var pending = body.ReadAsync(buffer, reading?.Token ?? cancellationToken);
        var count =
            reading is null || pending.IsCompleted
                ? await pending
                : await ReceiveUnlessRefusedAsync(pending.AsTask(), reading);
        _received += count;
        _hasEnded |= count == 0 && buffer.Length > 0 && !_refused.Task.IsCompleted;
        // Buffered even if it is not returned, because the request may be retried on another replica.
        _kept.Add(buffer.Span[..count]);
        _position = _kept.Length;
        return _refused.Task.IsCompleted ? Fill(buffer.Span) : count;
    }

    /// <summary>Waits for the next bytes from the client, or for a refusal by the replica.</summary>
    private async Task<int> ReceiveUnlessRefusedAsync(Task<int> read, CancellationTokenSource reading)
    {
        Watch();
        if (await Task.WhenAny(read, _refused.Task) != read)
        {
            await reading.CancelAsync();
        }

        try
        {
            return await read;
        }
        catch (OperationCanceledException) when (_refused.Task.IsCompleted)
        {
            return 0;
        }
    }

    /// <summary>
    /// Fills the buffer up to the length that the request's head declared, because the HTTP client requires it. None of
    /// it is written: the connection takes no more.
    /// </summary>
    private int Fill(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, Math.Max(0, (length ?? 0) - _given));
        buffer[..count].Clear();
        return count;
    }
}
