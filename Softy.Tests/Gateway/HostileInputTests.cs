using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Whatever a client sends, a replica receives either nothing or one unambiguous request.</summary>
[Collection(GatewayCollection.Name)]
public sealed class HostileInputTests
{
    private const string Smuggled = "GET /api/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

    public static TheoryData<string, string> Refused =>
        new()
        {
            {
                "two lengths that differ",
                "POST /api/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"
            },
            { "a list of lengths", "POST /api/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\nhello" },
            { "a negative length", "POST /api/a HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nhello" },
            { "a length that is none", "POST /api/a HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\nhello" },
            {
                "chunked twice",
                "POST /api/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                    + $"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n{Smuggled}"
            },
            {
                "chunked, but not last",
                $"POST /api/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{Smuggled}"
            },
            {
                "an unknown coding",
                "POST /api/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\n"
                    + $"hello{Smuggled}"
            },
            {
                "a coding beside chunked",
                $"POST /api/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n{Smuggled}"
            },
            {
                "a coding beside chunked, in a line of its own",
                "POST /api/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n"
                    + $"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Smuggled}"
            },
            {
                "chunked in chunked",
                $"POST /api/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{Smuggled}"
            },
            {
                "chunked after a comma",
                $"POST /api/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n{Smuggled}"
            },
            {
                "chunked in HTTP/1.0",
                "POST /api/a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n"
                    + $"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Smuggled}"
            },
            {
                "chunked in HTTP/1.0, beside a length",
                "POST /api/a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nContent-Length: 5\r\n"
                    + $"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Smuggled}"
            },
            {
                "an unknown coding on the gateway's own paths",
                "POST /gateway/status HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity, chunked\r\n\r\n"
                    + $"0\r\n\r\n{Smuggled}"
            },
            {
                "a coding after a space",
                "POST /api/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n"
                    + $"hello{Smuggled}"
            },
            { "a folded header", "GET /api/a HTTP/1.1\r\nHost: x\r\nX-Folded: a\r\n b\r\n\r\n" },
            { "a bare carriage return", "GET /api/a HTTP/1.1\r\nHost: x\r\nX-A: a\rX-B: b\r\n\r\n" },
            { "a null in a header", "GET /api/a HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n" },
            { "a header without a name", "GET /api/a HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n" },
            { "a header without a colon", "GET /api/a HTTP/1.1\r\nHost: x\r\nX-A\r\n\r\n" },
            { "no host", "GET /api/a HTTP/1.1\r\n\r\n" },
            { "two hosts", "GET /api/a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" },
            { "a host that is none", "GET /api/a HTTP/1.1\r\nHost: x y\r\n\r\n" },
            { "an empty host", "GET /api/a HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n" },
            {
                "a host that is too long",
                $"GET /api/a HTTP/1.1\r\nHost: {new string('a', 2000)}\r\nConnection: close\r\n\r\n"
            },
            { "a URI with another host", "GET http://evil.example/api/a HTTP/1.1\r\nHost: x\r\n\r\n" },
            { "a null in the path", "GET /api/a%00b HTTP/1.1\r\nHost: x\r\n\r\n" },
            { "a space in the path", "GET /api/a b HTTP/1.1\r\nHost: x\r\n\r\n" },
            { "an unknown version", "GET /api/a HTTP/3.7\r\nHost: x\r\n\r\n" },
            { "no method", " /api/a HTTP/1.1\r\nHost: x\r\n\r\n" },
            { "a method that is none", "G(T /api/a HTTP/1.1\r\nHost: x\r\n\r\n" },
            { "CONNECT", "CONNECT example.test:443 HTTP/1.1\r\nHost: example.test:443\r\nConnection: close\r\n\r\n" },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Ambiguous_requests_are_refused(string what, string request)
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        var answer = await RawClient.SendAsync(gateway.Url, request);

        var codes = RawClient.StatusCodes(answer);
        codes.ShouldNotBeEmpty(what);
        codes.ShouldAllBe(code => (code >= 400 && code < 500) || code == 501 || code == 505, $"{what}: {answer}");
        backend.Requests.ShouldBeEmpty(what);
    }

    [Theory]
    [InlineData("5x\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("0x5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\nhello\n0\n\n")]
    [InlineData("5\r\nhelloworld\r\n0\r\n\r\n")]
    [InlineData("5;a\nb\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a\rb\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;\n\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0;\n\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0;\r\r\n\r\n")]
    [InlineData("\r\n\r\n")]
    public async Task Chunks_of_a_wrong_size_never_become_a_second_request(string body)
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        var answer = await RawClient.SendAsync(
            gateway.Url,
            $"POST /api/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}{Smuggled}"
        );

        RawClient.StatusCodes(answer).ShouldBe([400]);
        // The replica may already have received the head when the body turns out to be invalid, but never a complete
        // request.
        backend.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("+5")]
    [InlineData("005")]
    [InlineData(" 5 ")]
    [InlineData("\t5\t")]
    public async Task Unusual_content_lengths_reach_a_replica_in_the_usual_form(string length)
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        await RawClient.SendAsync(
            gateway.Url,
            $"POST /api/a HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
                + "helloGET /api/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );

        backend.Requests.Select(request => request.Target).ShouldBe(["/api/a", "/api/next"]);
        var request = backend.Requests.First();
        request.Header("Content-Length").ShouldBe(["5"]);
        request.Header("Transfer-Encoding").ShouldBeEmpty();
        request.Text.ShouldBe("hello");
    }

    [Theory]
    [InlineData("/api/a\rb")]
    [InlineData("/api/a?b\rc")]
    [InlineData("/api/a\tb")]
    [InlineData("/api/a\u0005b")]
    public async Task A_control_character_in_the_target_never_reaches_a_replica_as_it_is(string target)
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        await RawClient.SendAsync(
            gateway.Url,
            $"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            TimeSpan.FromSeconds(2)
        );

        // The gateway may also refuse the request.
        backend.Requests.ShouldAllBe(request => !request.RequestLine.Any(char.IsControl));
    }

    [Fact]
    public async Task A_content_length_beside_chunked_encoding_is_dropped()
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        await RawClient.SendAsync(
            gateway.Url,
            "POST /api/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n"
                + "Connection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        );

        // The gateway may also refuse the request, but it must not forward both headers.
        foreach (var request in backend.Requests)
        {
            request.Text.ShouldBe("hello");
            request.Header("Content-Length").ShouldBeEmpty();
            request.Header("Transfer-Encoding").ShouldBe(["chunked"]);
        }
    }

    [Theory]
    [InlineData("POST /api/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("POST /api/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("GET /api/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")]
    public async Task The_bytes_after_a_request_are_the_next_request(string first)
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        var answer = await RawClient.SendAsync(
            gateway.Url,
            first + "GET /api/second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );

        RawClient.StatusCodes(answer).ShouldBe([200, 200]);
        backend.Requests.Select(request => request.Target).ShouldBe(["/api/a", "/api/second"]);
        backend.Requests.Select(request => request.Text).ShouldBe(["hello", ""]);
    }

    [Theory]
    [InlineData("Connection: close, X-Hop")]
    [InlineData("Connection: X-Hop, close")]
    [InlineData("Connection: keep-alive, X-Hop")]
    [InlineData("Connection: Upgrade, X-Hop\r\nUpgrade: nothing")]
    [InlineData("Connection: close\r\nConnection: X-Hop")]
    [InlineData("Connection: X-Hop\r\nConnection: keep-alive")]
    [InlineData("connection: ,,\tx-hop\t,")]
    [InlineData("Connection: close, keep-alive, X-Hop")]
    public async Task Headers_that_Connection_names_never_reach_a_replica(string connection)
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        // The second request uses a connection that was used before, because the server reuses its parsed headers.
        var answer = await RawClient.SendAsync(
            gateway.Url,
            "GET /api/first HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\nGET /api/second HTTP/1.1\r\n"
                + $"Host: x\r\n{connection}\r\nX-Hop: mine\r\n\r\n",
            mustClose: true
        );

        RawClient.StatusCodes(answer).ShouldBe([200, 200]);
        var request = backend.Requests.Single(request => request.Target == "/api/second");
        request.Header("X-Hop").ShouldBeEmpty();
        request.Head.ShouldNotContain("X-Hop", Case.Insensitive);
    }

    [Fact]
    public async Task The_gateway_itself_answers_OPTIONS_of_the_whole_server()
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        var answer = await RawClient.SendAsync(
            gateway.Url,
            "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );

        RawClient.StatusCodes(answer).ShouldBe([204]);
        answer.ShouldContain("Allow: GET, HEAD, ");
        backend.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Bytes_after_a_response_are_not_the_next_response()
    {
        await using var backend = new RawBackend(
            (_, connection) =>
                connection.SendAsync(RawBackend.Ok + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
        );
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        for (var i = 0; i < 5; i++)
        {
            (await gateway.Client.GetStringAsync($"/api/{i}", Cancellation)).ShouldBe("ok");
        }
    }
}
