namespace Softy.Gateway.Failover;

/// <summary>
/// A request body that can be read again from its start, as long as no more than a limit was read from it. It is kept
/// while it streams through: nothing waits for the body to be complete. When the replica refuses the request before it
/// has had all of the body, the body ends early.
/// </summary>
/// <param name="body">The client's body.</param>
/// <param name="length">How long it is; <see langword="null"/> where the client has not said.</param>
/// <param name="limit">How much of it is kept.</param>
/// <param name="mayEndEarly">Whether a refusal is to be watched for. Where the client waits for "100 Continue" the HTTP client does it.</param>
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

    /// <summary>False once more was read than is kept.</summary>
    public bool CanRewind => !_kept.HasOverflowed;

    /// <summary>Whether the client has sent all of it. Until then it may be the client that the replica waits for.</summary>
    public bool IsComplete => _hasEnded || _received >= length;

    /// <summary>The connection that the body is written to, while it is.</summary>
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

    /// <summary>Starts over: first what is kept, then what the client sends on.</summary>
    public void Rewind()
    {
        StopWatching();
        (_position, _given, _refused) = (0, 0, NewSource());
    }

    /// <summary>Leaves the rest of the body out, because the replica has refused the request.</summary>
    public void End() => _refused.TrySetResult();

    /// <summary>Watches the connection for an answer that refuses the request.</summary>
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

    /// <summary>Watches the connection no more, which belongs to another request next.</summary>
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
        // The server's own stream stays open: it belongs to the connection.
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
        // Kept even if it is not given out: another replica may be asked.
        _kept.Add(buffer.Span[..count]);
        _position = _kept.Length;
        return _refused.Task.IsCompleted ? Fill(buffer.Span) : count;
    }

    /// <summary>Waits for what the client sends next, and looks out for an answer meanwhile.</summary>
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
    /// Gives out as much as the request's head has promised: the HTTP client insists on it. None of it is written, because
    /// the connection takes no more.
    /// </summary>
    private int Fill(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, Math.Max(0, (length ?? 0) - _given));
        buffer[..count].Clear();
        return count;
    }
}
