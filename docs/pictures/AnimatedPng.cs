using System.Buffers.Binary;
using System.Text;

namespace Softy.Pictures;

/// <summary>
/// Combines PNG images of the same size into an animated PNG. It has the compressed data of the images unchanged, so
/// that nothing is encoded again. Viewers without support for animation show the first frame.
/// </summary>
/// <param name="pause">How long a frame is shown by default.</param>
internal sealed class AnimatedPng(TimeSpan pause)
{
    private const int SignatureLength = 8;
    private const int ChunkOverhead = 12;

    private static readonly uint[] _crcTable =
    [
        .. Enumerable
            .Range(0, 256)
            .Select(value =>
            {
                var crc = (uint)value;
                for (var bit = 0; bit < 8; bit++)
                {
                    crc = (crc & 1) == 0 ? crc >> 1 : 0xEDB88320 ^ (crc >> 1);
                }

                return crc;
            }),
    ];

    private readonly List<(byte[] Image, TimeSpan Pause)> _frames = [];

    /// <summary>Adds an image. The first one is also what a viewer without support for animation shows.</summary>
    public void Add(byte[] image, TimeSpan? shown = null, bool atFront = false)
    {
        if (_frames.Count > 0 && !Header(image).SequenceEqual(Header(_frames[0].Image)))
        {
            throw new ArgumentException("All frames must have the first one's size and colours.", nameof(image));
        }

        _frames.Insert(atFront ? 0 : _frames.Count, (image, shown ?? pause));
    }

    public byte[] ToArray()
    {
        using var png = new MemoryStream();
        var first = _frames[0].Image;
        png.Write(first.AsSpan(0, SignatureLength));
        Write(png, "IHDR", Header(first));
        Write(png, "acTL", [.. BigEndian((uint)_frames.Count), .. BigEndian(0)]);

        var sequence = 0u;
        foreach (var (image, shown) in _frames)
        {
            var size = Header(image)[..8];
            Write(
                png,
                "fcTL",
                [
                    .. BigEndian(sequence++),
                    .. size,
                    .. BigEndian(0),
                    .. BigEndian(0),
                    .. BigEndian((ushort)shown.TotalMilliseconds, 1000),
                    0,
                    0,
                ]
            );
            foreach (var data in Chunks(image, "IDAT"))
            {
                // The first image keeps its plain chunks, which viewers without support for animation show.
                if (image == first)
                {
                    Write(png, "IDAT", data.Span);
                }
                else
                {
                    Write(png, "fdAT", [.. BigEndian(sequence++), .. data.Span]);
                }
            }
        }

        Write(png, "IEND", []);
        return png.ToArray();
    }

    private static ReadOnlySpan<byte> Header(byte[] image) => Chunks(image, "IHDR").Single().Span;

    private static IEnumerable<ReadOnlyMemory<byte>> Chunks(byte[] image, string type)
    {
        var position = SignatureLength;
        while (position < image.Length)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(position));
            if (Encoding.ASCII.GetString(image, position + 4, 4) == type)
            {
                yield return image.AsMemory(position + 8, length);
            }

            position += length + ChunkOverhead;
        }
    }

    private static void Write(MemoryStream png, string type, ReadOnlySpan<byte> data)
    {
        byte[] content = [.. Encoding.ASCII.GetBytes(type), .. data];
        png.Write(BigEndian((uint)data.Length));
        png.Write(content);
        png.Write(BigEndian(Crc(content)));
    }

    private static uint Crc(ReadOnlySpan<byte> content)
    {
        var crc = uint.MaxValue;
        foreach (var value in content)
        {
            crc = _crcTable[(crc ^ value) & 0xFF] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] BigEndian(ushort first, ushort second) => BigEndian(((uint)first << 16) | second);
}
