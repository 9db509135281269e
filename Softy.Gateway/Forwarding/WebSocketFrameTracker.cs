using System.Buffers.Binary;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Follows the frames of one direction of a WebSocket as its bytes pass, however they are cut (RFC 6455, section 5.2).
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

    /// <summary>Whether the bytes so far are whole frames, so that another frame may follow.</summary>
    public bool IsAtFrameBoundary => _headLength == 0 && _payloadLeft == 0;

    /// <summary>Whether one of them was a close frame, after which none may follow.</summary>
    public bool HasSeenClose { get; private set; }

    /// <summary>Follows all bytes.</summary>
    /// <returns>How many they are.</returns>
    public int AdvanceAll(ReadOnlySpan<byte> bytes)
    {
        var passed = 0;
        while (passed < bytes.Length)
        {
            passed += AdvanceToFrameEnd(bytes[passed..]);
        }

        return passed;
    }

    /// <summary>Follows the bytes to the end of a frame, as far as they go.</summary>
    /// <returns>How many they are.</returns>
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
