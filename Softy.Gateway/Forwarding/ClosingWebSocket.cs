namespace Softy.Gateway.Forwarding;

/// <summary>
/// Closes a WebSocket to a client when the gateway shuts down. The client gets a close frame with the code 1001 ("going
/// away") between two frames of the replica, and no data after it. The client's close frame is forwarded to the
/// replica, which then closes its side.
/// </summary>
internal sealed class ClosingWebSocket : AsyncStream
{
    // FIN and opcode 8, an unmasked payload of two bytes, and the code 1001.
    private static readonly byte[] _goingAway = [0x88, 0x02, 0x03, 0xe9];

    /// <summary>
    /// The time for the replica to finish a frame, and then for both sides to close, before the connection is aborted.
    /// </summary>
    private static readonly TimeSpan _closeTimeout = TimeSpan.FromSeconds(5);

    private readonly Stream _inner;
    private readonly HttpContext _context;
    private readonly WebSocketFrameTracker _frames = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _disposed = new();
    private readonly TaskCompletionSource _closeSent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _ending;
    private volatile bool _isClosing;

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
            // A started frame must be completed before the close frame. Frames after the close frame are discarded.
            while (!buffer.IsEmpty && !_closeSent.Task.IsCompleted)
            {
                var count = _isClosing ? _frames.AdvanceToFrameEnd(buffer.Span) : _frames.AdvanceAll(buffer.Span);
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
            _disposed.Cancel();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task EndAsync()
    {
        _isClosing = true;
        try
        {
            await CloseAsync().WaitAsync(_closeTimeout, _disposed.Token);
            await Task.Delay(_closeTimeout, _disposed.Token);
        }
        catch (TimeoutException)
        {
            // The replica did not finish its frame, or the client does not read.
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or InvalidOperationException or IOException)
        {
            return; // The WebSocket has ended.
        }

        _context.Abort();
    }

    private async Task CloseAsync()
    {
        await _writing.WaitAsync(_disposed.Token);
        try
        {
            await CloseBetweenFramesAsync(_disposed.Token);
        }
        finally
        {
            _writing.Release();
        }

        await _closeSent.Task;
    }

    private async ValueTask CloseBetweenFramesAsync(CancellationToken cancellationToken)
    {
        if (!_isClosing || _closeSent.Task.IsCompleted || !_frames.IsAtFrameBoundary)
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
            _closeSent.TrySetResult();
        }
    }
}
