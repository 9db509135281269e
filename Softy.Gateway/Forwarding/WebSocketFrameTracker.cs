using System.Buffers.Binary;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Tracks the frame boundaries in one direction of a WebSocket, regardless of how the bytes are split (RFC 6455,
/// section 5.2).
/// </summary>
internal sealed class WebSocketFrameTracker
{
    private const byte Opcode = 0x0f;
    private const byte CloseOpcode = 0x08;
    private const byte Masked = 0x80;
    private const byte Length16 = 126;
    private const byte Length64 = 127;

    private readonly byte[] _head = new byte[14];
    private int _headLength;
    private ulong _payloadLeft;

    /// <summary>Whether the last frame is complete, so that another frame may follow.</summary>
    public bool IsAtFrameBoundary => _headLength == 0 && _payloadLeft == 0;

    /// <summary>Whether there was a close frame, after which no frame may follow.</summary>
    public bool HasSeenClose { get; private set; }

    /// <summary>Tracks all bytes.</summary>
    /// <returns>The number of bytes that were tracked.</returns>
    public int AdvanceAll(ReadOnlySpan<byte> bytes)
    {
        var passed = 0;
        while (passed < bytes.Length)
        {
            passed += AdvanceToFrameEnd(bytes[passed..]);
        }

        return passed;
    }

    /// <summary>Tracks the bytes up to the end of the current frame.</summary>
    /// <returns>The number of bytes that were tracked.</returns>
    public int AdvanceToFrameEnd(ReadOnlySpan<byte> bytes)
    {
        var passed = 0;
        while (passed < bytes.Length)
        {
            if (_payloadLeft == 0)
            {
                ReadHeaderByte(bytes[passed++]);
            }
            else
            {
                var count = (int)Math.Min((ulong)(bytes.Length - passed), _payloadLeft);
                _payloadLeft -= (ulong)count;
                passed += count;
            }

            if (IsAtFrameBoundary)
            {
                break;
            }
        }

        return passed;
    }

    private void ReadHeaderByte(byte value)
    {
        _head[_headLength++] = value;
        if (_headLength >= 2 && _headLength == HeadLength)
        {
            HasSeenClose |= (_head[0] & Opcode) == CloseOpcode;
            _payloadLeft = PayloadLength;
            _headLength = 0;
        }
    }

    private int HeadLength =>
        2
        + (
            (_head[1] & ~Masked) switch
            {
                Length16 => sizeof(ushort),
                Length64 => sizeof(ulong),
                _ => 0,
            }
        )
        + ((_head[1] & Masked) != 0 ? sizeof(uint) : 0);

    private ulong PayloadLength =>
        (_head[1] & ~Masked) switch
        {
            Length16 => BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(2)),
            Length64 => BinaryPrimitives.ReadUInt64BigEndian(_head.AsSpan(2)),
            var length => (ulong)length,
        };
}
