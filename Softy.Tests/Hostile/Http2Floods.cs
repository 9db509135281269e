using static Softy.Tests.Hostile.Http2Connection;

namespace Softy.Tests.Hostile;

/// <summary>Known attacks that make a server work or remember much for few bytes. Each is one connection.</summary>
internal static class Http2Floods
{
    private static readonly (string, string)[] _get =
    [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "x"),
        (":path", "/api/bad"),
    ];

    private static readonly byte[] _post = Encode([(":method", "POST"), .. _get[1..], ("content-length", "5")]);

    // A literal field "b" of 4,000 bytes with incremental indexing. Its length is encoded with a prefix of 7 bits. The
    // first index of the dynamic table is 62, and 0x80 marks an indexed field.
    private static readonly byte[] _bigField =
    [
        0x40,
        1,
        (byte)'b',
        0x7f,
        0xa1,
        0x1e,
        .. Repeat(4_000, _ => "a"u8.ToArray()),
    ];
    private const byte BigFieldAgain = 0x80 | 62;

    /// <summary>What a client sends, by name. The server must end the connection.</summary>
    public static IReadOnlyDictionary<string, byte[]> All { get; } =
        new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["headers without end"] =
            [
                .. Preface,
                .. Frame(Headers, EndStream, 1, Encode(_get)),
                .. Repeat(5_000, _ => Frame(Continuation, 0, 1, Encode(("x-a", new string('a', 100))))),
            ],
            ["a header of 4 KB, 50,000 times by its index"] =
            [
                .. Preface,
                .. Frame(Headers, EndStream, 1, [.. Encode(_get), .. _bigField]),
                .. Repeat(5, _ => Frame(Continuation, 0, 1, Repeat(10_000, _ => [BigFieldAgain]))),
            ],
            ["a thousand streams begun and reset"] =
            [
                .. Preface,
                .. Repeat(
                    1_000,
                    i =>
                        [
                            .. Frame(Headers, EndHeaders, (2 * i) + 1, _post),
                            .. Frame(Reset, 0, (2 * i) + 1, [0, 0, 0, 8]),
                        ]
                ),
                .. Frame(Data, 0, 0),
            ],
            ["a thousand requests sent and reset"] =
            [
                .. Preface,
                .. Repeat(
                    1_000,
                    i =>
                        [
                            .. Frame(Headers, EndStream | EndHeaders, (2 * i) + 1, Encode(_get)),
                            .. Frame(Reset, 0, (2 * i) + 1, [0, 0, 0, 8]),
                        ]
                ),
                .. Frame(Data, 0, 0),
            ],
            ["ten thousand pings and settings"] =
            [
                .. Preface,
                .. Repeat(10_000, _ => [.. Frame(Ping, 0, 0, new byte[8]), .. Frame(Settings, 0, 0)]),
                .. Frame(Data, 0, 0),
            ],
            ["ten thousand empty frames"] =
            [
                .. Preface,
                .. Frame(Headers, EndHeaders, 1, _post),
                .. Repeat(10_000, _ => Frame(Data, 0, 1)),
                .. Frame(Data, EndStream, 1, "x"u8),
            ],
        };

    private static byte[] Repeat(int count, Func<int, byte[]> create) =>
        [.. Enumerable.Range(0, count).SelectMany(create)];
}
