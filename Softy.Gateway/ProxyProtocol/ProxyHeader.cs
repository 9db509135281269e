using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Softy.Gateway.ProxyProtocol;

/// <summary>
/// The header of the PROXY protocol as specified by HAProxy: a text line in version 1, binary in version 2.
/// </summary>
/// <param name="Length">The length of the header in bytes.</param>
/// <param name="Source">
/// The client's endpoint; null if the balancer opened the connection itself, or if the client has no IP address.
/// </param>
internal readonly record struct ProxyHeader(int Length, IPEndPoint? Source)
{
    private const int LongestLine = 107;
    private const int BinaryStart = 16;
    private const int TwoPorts = 4;
    private const byte TcpOverIPv4 = 0x11;
    private const byte TcpOverIPv6 = 0x21;

    private static ReadOnlySpan<byte> BinarySignature => "\r\n\r\n\0\r\nQUIT\n"u8;

    private static ReadOnlySpan<byte> LineSignature => "PROXY "u8;

    /// <summary>Reads the header at the start of a connection.</summary>
    /// <param name="bytes">The bytes received so far.</param>
    /// <returns>The header, or null while it is incomplete.</returns>
    /// <exception cref="InvalidDataException">The header is missing or malformed.</exception>
    public static ProxyHeader? Read(ReadOnlySpan<byte> bytes) =>
        MayStartWith(bytes, BinarySignature) ? ReadBinary(bytes)
        : MayStartWith(bytes, LineSignature) ? ReadLine(bytes)
        : throw new InvalidDataException("it does not start with a signature of the PROXY protocol");

    private static bool MayStartWith(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature) =>
        bytes.Length < signature.Length ? signature.StartsWith(bytes) : bytes.StartsWith(signature);

    private static ProxyHeader? ReadBinary(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < BinaryStart)
        {
            return null;
        }

        var (version, command) = (bytes[12] >> 4, bytes[12] & 0x0f);
        if (version != 2 || command > 1)
        {
            throw new InvalidDataException("its version or its command is unknown");
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (bytes.Length < BinaryStart + length)
        {
            return null;
        }

        // The extensions (TLVs) after the addresses are not used.
        var content = bytes.Slice(BinaryStart, length);
        return new ProxyHeader(
            BinaryStart + length,
            (command, bytes[13]) switch
            {
                (1, TcpOverIPv4) => ReadSource(content, addressLength: 4),
                (1, TcpOverIPv6) => ReadSource(content, addressLength: 16),
                _ => null,
            }
        );
    }

    private static IPEndPoint ReadSource(ReadOnlySpan<byte> content, int addressLength) =>
        content.Length < (2 * addressLength) + TwoPorts
            ? throw new InvalidDataException("it is too short for its addresses")
            : new IPEndPoint(
                new IPAddress(content[..addressLength]),
                BinaryPrimitives.ReadUInt16BigEndian(content[(2 * addressLength)..])
            );

    private static ProxyHeader? ReadLine(ReadOnlySpan<byte> bytes)
    {
        var length = bytes[..Math.Min(bytes.Length, LongestLine)].IndexOf("\r\n"u8);
        if (length < 0)
        {
            return bytes.Length < LongestLine ? null : throw new InvalidDataException("its line does not end");
        }

        var fields = Encoding.ASCII.GetString(bytes[..length]).Split(' ');
        return new ProxyHeader(
            length + 2,
            fields switch
            {
                [_, "UNKNOWN", ..] => null,
                [_, "TCP4", var source, var target, var port, var targetPort] => ReadSource(
                    AddressFamily.InterNetwork,
                    source,
                    target,
                    port,
                    targetPort
                ),
                [_, "TCP6", var source, var target, var port, var targetPort] => ReadSource(
                    AddressFamily.InterNetworkV6,
                    source,
                    target,
                    port,
                    targetPort
                ),
                _ => throw new InvalidDataException("its line has unexpected fields"),
            }
        );
    }

    private static IPEndPoint ReadSource(
        AddressFamily family,
        string source,
        string target,
        string port,
        string targetPort
    )
    {
        _ = ReadAddress(family, target);
        _ = ReadPort(targetPort);
        return new IPEndPoint(ReadAddress(family, source), ReadPort(port));
    }

    private static IPAddress ReadAddress(AddressFamily family, string text) =>
        IPAddress.TryParse(text, out var address)
        && address.AddressFamily == family
        // Rejects short, octal and hexadecimal forms such as 127.1.
        && (family == AddressFamily.InterNetworkV6 || address.ToString() == text)
            ? address
            : throw new InvalidDataException("its line has an invalid address");

    private static int ReadPort(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : throw new InvalidDataException("its line has an invalid port");
}
