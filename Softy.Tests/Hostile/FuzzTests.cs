using System.Collections.Concurrent;
using System.Globalization;
using Softy.Tests.Application;
using Softy.Tests.Gateway;
using Softy.Tests.Gateway.Support;
using Softy.Tests.Reliability;

namespace Softy.Tests.Hostile;

/// <summary>
/// Requests that are nearly well-formed: the gateway either rejects each, or forwards it as one unambiguous request.
/// </summary>
[Collection(GatewayCollection.Name)]
public sealed class FuzzTests
{
    private const int AtOnce = 128;

    /// <summary>
    /// Sent after every request. If the gateway and a replica disagree about where the request ends, this one arrives
    /// changed or not at all.
    /// </summary>
    // A body that ends with this request, or just before its last line breaks, rightly leaves the connection open. Such
    // bodies have 76, 78 or 80 bytes, which the fuzzer does not make of the length 5.
    private const string Next = "GET /api/next HTTP/1.1\r\nHost: x\r\nX-Padding: paddings\r\nConnection: close\r\n\r\n";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task No_broken_request_becomes_two_or_brings_the_gateway_down()
    {
        var count = Scale.Of(3_000, 50_000);
        var fuzzer = new RequestFuzzer(Scale.Seed);
        await using var backend = new RawBackend(Answer);
        await using var gateway = await ServiceProcess.StartGatewayAsync(
            [backend.Url],
            ("Gateway:Limits:RequestHeadersTimeout", "00:00:01"),
            ("Gateway:Limits:RequestBodyGracePeriod", "00:00:01.100")
        );
        await gateway.AskAsync(100);
        backend.Requests.Clear();
        var before = gateway.PeakMemory();

        var statuses = new ConcurrentDictionary<int, int>();
        var odd = new ConcurrentQueue<string>();
        var cases = Enumerable
            .Range(0, count)
            .Select(number => (Number: number, Request: fuzzer.Next(NameOf(number))))
            .ToArray();
        await Parallel.ForEachAsync(
            cases,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancellation },
            async (item, _) =>
            {
                // The gateway must either answer or close the connection.
                string answer;
                try
                {
                    answer = await RawClient.SendAsync(gateway.Url, item.Request + Next, _patience, mustClose: true);
                }
                catch (TimeoutException exception)
                {
                    odd.Enqueue($"{item.Number}: {RequestFuzzer.Show(item.Request)}: {exception.Message}");
                    return;
                }

                var codes = RawClient.StatusCodes(answer);
                foreach (var code in codes)
                {
                    statuses.AddOrUpdate(code, 1, (_, known) => known + 1);
                }

                if (codes.Any(code => code >= 500 && code is not (501 or 505)) || codes.Length > 2)
                {
                    odd.Enqueue(
                        $"{item.Number}: {RequestFuzzer.Show(item.Request)} was answered with "
                            + $"{string.Join(", ", codes)}"
                    );
                }
            }
        );

        odd.ShouldBeEmpty($"seed {Scale.Seed}");
        ShouldHaveForwardedEachAtMostOnce(backend.Requests, count);
        (await gateway.AskAsync(10)).Length.ShouldBe(10);
        var grown = (gateway.PeakMemory() - before) / 1024 / 1024;
        grown.ShouldBeLessThan(300);

        var report = new Report(
            "fuzz",
            "requests broken in 1 to 3 places",
            "refused",
            "forwarded, once and in one meaning",
            "peak memory grew by"
        );
        report.Row(
            count,
            statuses.Where(status => status.Key is >= 400 and < 500 or 501 or 505).Sum(status => status.Value),
            backend.Requests.Count(request => request.Target != "/api/next"),
            $"{grown} MiB"
        );
        report.Note($"Seed {Scale.Seed}.");
        report.Write();

        static Task Answer(RawRequest request, RawConnection connection) =>
            // A response to HEAD has no body.
            connection.SendAsync(
                request.Head.StartsWith("HEAD ", StringComparison.Ordinal)
                    ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                    : RawBackend.Ok
            );
    }

    // All names have the same length: the fuzzer only makes them longer, so that it never makes one of another.
    private static string NameOf(int number) => number.ToString("D6", CultureInfo.InvariantCulture);

    private static void ShouldHaveForwardedEachAtMostOnce(IReadOnlyCollection<RawRequest> forwarded, int count)
    {
        var names = Enumerable.Range(0, count).Select(number => $"/api/{NameOf(number)}").ToHashSet();
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var request in forwarded)
        {
            // The request must have at most one framing of its body, and no line that could start another request.
            (
                request.Header("Content-Length").Length + request.Header("Transfer-Encoding").Length
            ).ShouldBeLessThanOrEqualTo(1, request.Head);
            request.Header("Transfer-Encoding").ShouldAllBe(coding => coding == "chunked", request.Head);
            request.Header("Host").Length.ShouldBe(1, request.Head);
            request
                .Head.Split("\r\n")
                .ShouldAllBe(line =>
                    !line.Contains('\n', StringComparison.Ordinal)
                    && !line.Contains('\r', StringComparison.Ordinal)
                    && !line.Contains('\0', StringComparison.Ordinal)
                );
            if (names.Contains(request.Target))
            {
                seen.TryAdd(request.Target, request.Head)
                    .ShouldBeTrue($"seed {Scale.Seed}: came twice:\n{seen[request.Target]}\n{request.Head}");
            }
        }
    }
}
