using System.Buffers.Binary;
using System.Net.Sockets;

namespace Softy.Tests.Gateway.Tls;

/// <summary>
/// The first message of a TLS handshake, byte by byte, because the platform's client does not offer what is obsolete.
/// </summary>
internal static class ClientHello
{
    private const byte Handshake = 22;

    // The groups x25519 and P-256, uncompressed points, and ECDSA and RSA with SHA-256 and SHA-1.
    private static readonly byte[] _extensions =
    [
        .. new byte[] { 0, 10, 0, 6, 0, 4, 0, 29, 0, 23 },
        .. new byte[] { 0, 11, 0, 2, 1, 0 },
        .. new byte[] { 0, 13, 0, 10, 0, 8, 4, 3, 4, 1, 2, 3, 2, 1 },
    ];

    /// <summary>Offers a version and cipher suites of TLS up to 1.2.</summary>
    /// <returns>Whether the server continues the handshake.</returns>
    public static async Task<bool> IsAcceptedAsync(Uri server, byte minorVersion, params ushort[] suites)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, Cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync(Create(minorVersion, suites), Cancellation);
        var type = new byte[1];
        // The server refuses with an alert, which has another type, or by closing the connection.
        return await stream.ReadAsync(type, Cancellation) == 1 && type[0] == Handshake;
    }

    private static byte[] Create(byte minorVersion, ushort[] suites)
    {
        byte[] body =
        [
            3,
            minorVersion,
            .. new byte[32],
            0, // no session
            .. WithLength([.. suites.SelectMany(suite => new[] { (byte)(suite >> 8), (byte)suite })]),
            1,
            0, // no compression
            .. WithLength(_extensions),
        ];
        return [Handshake, 3, 1, .. WithLength([1, 0, .. WithLength(body)])];
    }

    private static byte[] WithLength(byte[] content)
    {
        var all = new byte[2 + content.Length];
        BinaryPrimitives.WriteUInt16BigEndian(all, (ushort)content.Length);
        content.CopyTo(all, 2);
        return all;
    }
}
