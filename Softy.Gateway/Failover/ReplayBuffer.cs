using System.Buffers;

namespace Softy.Gateway.Failover;

/// <summary>Buffers the start of a body, up to a limit.</summary>
internal sealed class ReplayBuffer(int limit)
{
    private const int FirstBuffer = 4096;

    private byte[]? _bytes = [];

    /// <summary>The number of buffered bytes.</summary>
    public int Length { get; private set; }

    /// <summary>Whether the body exceeded the limit. The buffer is empty then.</summary>
    public bool HasOverflowed => _bytes is null;

    /// <summary>Copies bytes from a position and advances the position.</summary>
    public int Read(Span<byte> buffer, ref int position)
    {
        var count = Math.Min(buffer.Length, Length - position);
        _bytes.AsSpan(position, count).CopyTo(buffer);
        position += count;
        return count;
    }

    public void Add(ReadOnlySpan<byte> more)
    {
        if (_bytes is null || more.IsEmpty)
        {
            return;
        }

        var length = Length + more.Length;
        if (length > limit)
        {
            Release();
            return;
        }

        if (length > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(
                Math.Max(length, Math.Min(limit, Math.Max(FirstBuffer, _bytes.Length * 2)))
            );
            _bytes.AsSpan(0, Length).CopyTo(larger);
            Return(_bytes);
            _bytes = larger;
        }

        more.CopyTo(_bytes.AsSpan(Length));
        Length = length;
    }

    /// <summary>Discards the buffered bytes and stops buffering.</summary>
    public void Release()
    {
        Return(_bytes);
        _bytes = null;
        Length = 0;
    }

    private static void Return(byte[]? buffer)
    {
        if (buffer is { Length: > 0 })
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
