using System.Buffers;
using System.IO.Pipelines;

namespace Softy.Gateway.Failover;

/// <summary>
/// Reads the body that a client sends. A read that is cancelled leaves the body readable: the server reads the rest of
/// it after the response, so that the client can send its next request on the same connection. A cancelled read of the
/// server's own stream would leave that read pending, and the server would have to close the connection.
/// </summary>
internal sealed class ClientBody(PipeReader reader)
{
    /// <summary>Reads some bytes.</summary>
    /// <returns>How many; 0 at the end of the body.</returns>
    /// <exception cref="OperationCanceledException">The read was cancelled, or the client has left.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await ReceiveAsync(cancellationToken);
            var count = (int)Math.Min(buffer.Length, result.Buffer.Length);
            if (count == 0 && cancellationToken.IsCancellationRequested)
            {
                reader.AdvanceTo(result.Buffer.Start);
                cancellationToken.ThrowIfCancellationRequested();
            }

            var received = result.Buffer.Slice(0, count);
            received.CopyTo(buffer.Span);
            reader.AdvanceTo(received.End);
            // A cancellation that came too late for the read before ends this one, and means nothing.
            if (count > 0 || result.IsCompleted || buffer.IsEmpty)
            {
                return count;
            }
        }
    }

    private async ValueTask<ReadResult> ReceiveAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = reader.ReadAsync(CancellationToken.None);
        if (pending.IsCompleted)
        {
            return await pending;
        }

        await using var cancelling = cancellationToken.UnsafeRegister(
            static body => ((PipeReader)body!).CancelPendingRead(),
            reader
        );
        return await pending;
    }
}
