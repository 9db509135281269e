using System.Net;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// A replica's response that ends when the gateway shuts down. The client sees a complete response instead of a broken
/// connection. Readers of event streams discard an incomplete event.
/// </summary>
internal sealed class DrainingContent(HttpContent inner, CancellationToken ending) : HttpContent
{
    protected override async Task<Stream> CreateContentReadStreamAsync() =>
        new DrainingStream(await inner.ReadAsStreamAsync(), ending);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new DrainingStream(await inner.ReadAsStreamAsync(cancellationToken), ending);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        throw new NotSupportedException();

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class DrainingStream(Stream inner, CancellationToken ending) : AsyncStream
    {
        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ending, cancellationToken);
            try
            {
                return await inner.ReadAsync(buffer, either.Token);
            }
            catch (OperationCanceledException)
                when (ending.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return 0;
            }
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
