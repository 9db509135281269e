namespace Softy.Gateway.Forwarding;

/// <summary>
/// A WebSocket to a client, which ends with the gateway. The client gets a close frame with code 1001, "going away",
/// between two of the replica's frames, and nothing after it. Its answer passes on to the replica, which then closes
/// its end, and with that both connections are over.
/// </summary>
internal sealed class ClosingWebSocket : AsyncStream
{
    // Final frame, opcode 8; two bytes without a mask; 1001.
    private static readonly byte[] _goingAway = [0x88, 0x02, 0x03, 0xe9];

    /// <summary>
    /// How long the replica may take to finish a frame, and how long both may then take to close, before the connection
    /// is cut.
    /// </summary>
    private static readonly TimeSpan _closeTimeout = TimeSpan.FromSeconds(5);

    private readonly Stream _inner;
    private readonly HttpContext _context;
    private readonly WebSocketFrameTracker _frames = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _ending;
    private volatile bool _isEnding;

    public ClosingWebSocket(Stream inner, HttpContext context, CancellationToken ending)
    {
        _inner = inner;
        _context = context;
        _ending = ending.UnsafeRegister(static socket => _ = ((ClosingWebSocket)socket!).EndAsync(), this);
    }

    public override bool CanWrite => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inner.ReadAsync(buffer, cancellationToken);

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken = default
    )
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            // A frame that was begun has to be finished before the close frame; whole ones that come after it are
            // dropped.
            while (!buffer.IsEmpty && !_ended.Task.IsCompleted)
            {
                var count = _isEnding ? _frames.AdvanceToFrameEnd(buffer.Span) : _frames.AdvanceAll(buffer.Span);
                await _inner.WriteAsync(buffer[..count], cancellationToken);
                buffer = buffer[count..];
                await CloseBetweenFramesAsync(cancellationToken);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ending.Dispose();
            _over.Cancel();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task EndAsync()
    {
        _isEnding = true;
        try
        {
            await CloseAsync().WaitAsync(_closeTimeout, _over.Token);
            await Task.Delay(_closeTimeout, _over.Token);
        }
        catch (TimeoutException)
        {
            // A frame of the replica has no end, or the client takes nothing more.
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or InvalidOperationException or IOException)
        {
            return; // The WebSocket is over.
        }

        _context.Abort();
    }

    private async Task CloseAsync()
    {
        await _writing.WaitAsync(_over.Token);
        try
        {
            await CloseBetweenFramesAsync(_over.Token);
        }
        finally
        {
            _writing.Release();
        }

        await _ended.Task;
    }

    private async ValueTask CloseBetweenFramesAsync(CancellationToken cancellationToken)
    {
        if (!_isEnding || _ended.Task.IsCompleted || !_frames.IsAtFrameBoundary)
        {
            return;
        }

        try
        {
            if (!_frames.HasSeenClose)
            {
                await _inner.WriteAsync(_goingAway, cancellationToken);
                await _inner.FlushAsync(cancellationToken);
            }
        }
        finally
        {
            _ended.TrySetResult();
        }
    }
}
