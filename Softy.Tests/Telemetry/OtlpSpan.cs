using System.Globalization;
using Google.Protobuf;

namespace Softy.Tests.Telemetry;

/// <summary>An exported span.</summary>
internal sealed record OtlpSpan(
    string Service,
    string Name,
    string Kind,
    string TraceId,
    string SpanId,
    string ParentId,
    DateTimeOffset StartedAt,
    bool HasFailed,
    IReadOnlyDictionary<string, string> Attributes
)
{
    private static readonly string[] _kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];

    /// <summary>Reads the spans of one export request.</summary>
    public static IEnumerable<OtlpSpan> Parse(byte[] request)
    {
        foreach (var resourceSpans in Fields(request).Where(field => field.Number == 1))
        {
            var fields = Fields(resourceSpans.Bytes!).ToList();
            var service = ServiceOf(fields);
            foreach (var scopeSpans in fields.Where(field => field.Number == 2))
            {
                foreach (var span in Fields(scopeSpans.Bytes!).Where(field => field.Number == 2))
                {
                    yield return ParseSpan(service, [.. Fields(span.Bytes!)]);
                }
            }
        }
    }

    /// <summary>Reads the services in one export request of any signal.</summary>
    public static IEnumerable<string> Services(byte[] request) =>
        Fields(request).Where(field => field.Number == 1).Select(resource => ServiceOf([.. Fields(resource.Bytes!)]));

    private static string ServiceOf(IReadOnlyCollection<Field> fields)
    {
        var resource = fields.First(field => field.Number == 1).Bytes!;
        return ReadAttributes(Fields(resource).Where(field => field.Number == 1))
            .GetValueOrDefault("service.name", string.Empty);
    }

    private static OtlpSpan ParseSpan(string service, IReadOnlyCollection<Field> fields)
    {
        var status = Fields(Find(15)?.Bytes ?? []).FirstOrDefault(field => field.Number == 3)?.Value;
        return new OtlpSpan(
            service,
            System.Text.Encoding.UTF8.GetString(Find(5)?.Bytes ?? []),
            _kinds[Find(6)?.Value ?? 0],
            Hex(Find(1)),
            Hex(Find(2)),
            Hex(Find(4)),
            DateTimeOffset.UnixEpoch.AddTicks((long)((Find(7)?.Value ?? 0) / 100)),
            status == 2,
            ReadAttributes(fields.Where(field => field.Number == 9))
        );

        Field? Find(int number) => fields.FirstOrDefault(field => field.Number == number);

        static string Hex(Field? field) => Convert.ToHexStringLower(field?.Bytes ?? []);
    }

    private static Dictionary<string, string> ReadAttributes(IEnumerable<Field> pairs)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var parts = Fields(pair.Bytes!).ToDictionary(field => field.Number);
            var value = parts.TryGetValue(2, out var any) ? Fields(any.Bytes!).FirstOrDefault() : null;
            attributes[System.Text.Encoding.UTF8.GetString(parts[1].Bytes!)] = value switch
            {
                { Bytes: { } text } => System.Text.Encoding.UTF8.GetString(text),
                { } number => number.Value.ToString(CultureInfo.InvariantCulture),
                null => string.Empty,
            };
        }

        return attributes;
    }

    private static IEnumerable<Field> Fields(byte[] message)
    {
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            yield return WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => new Field(number, input.ReadUInt64(), null),
                WireFormat.WireType.Fixed64 => new Field(number, input.ReadFixed64(), null),
                WireFormat.WireType.Fixed32 => new Field(number, input.ReadFixed32(), null),
                WireFormat.WireType.LengthDelimited => new Field(number, 0, input.ReadBytes().ToByteArray()),
                var other => throw new InvalidDataException($"There is no wire type {other} in OTLP."),
            };
        }
    }

    private sealed record Field(int Number, ulong Value, byte[]? Bytes);
}
