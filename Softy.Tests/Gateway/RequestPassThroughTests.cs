using System.Net;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Requests reach a replica as the client sent them.</summary>
[Collection(GatewayCollection.Name)]
public sealed class RequestPassThroughTests
{
    [Theory]
    [InlineData("/api/a%2Fb")]
    [InlineData("/api/a%252Fb")]
    [InlineData("/api/%C3%A4%20b+c")]
    [InlineData("/api/a%3Fb%23c")]
    [InlineData("/api/a//b///c")]
    [InlineData("/api/a;v=1/b:c@d!$&'()*,=")]
    [InlineData("/api/file.name..txt/...")]
    [InlineData("/api/%41%42")]
    [InlineData("/api/x?")]
    [InlineData("/api/x?a=1&a=2&b=%20+%2B&c")]
    [InlineData("/api/x?q=%00&p=../../etc&r=a/b?c")]
    [InlineData("/api/x?raw=[]{}|^`\"<>")]
    public async Task The_path_and_the_query_arrive_as_they_were_sent(string target)
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        var answer = await RawClient.SendAsync(
            gateway.Url,
            $"GET {target} HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n"
        );

        RawClient.StatusCodes(answer).ShouldBe([200]);
        backend.Requests.Single().Target.ShouldBe(target);
    }

    [Theory]
    [InlineData("/api/./a", "/api/a")]
    [InlineData("/api/x/../a", "/api/a")]
    [InlineData("/x/../api/a", "/api/a")]
    [InlineData("/api/x/%2e%2e/a", "/api/a")]
    [InlineData("http://example.test/api/a?b=c", "/api/a?b=c")]
    public async Task Ambiguous_paths_arrive_in_the_form_that_chose_the_route(string target, string expected)
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        var answer = await RawClient.SendAsync(
            gateway.Url,
            $"GET {target} HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n"
        );

        RawClient.StatusCodes(answer).ShouldBe([200]);
        backend.Requests.Single().Target.ShouldBe(expected);
    }

    [Fact]
    public async Task Headers_and_the_host_arrive_as_they_were_sent()
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        await RawClient.SendAsync(
            gateway.Url,
            "GET /api/hello HTTP/1.1\r\nHost: shop.example:8443\r\nX-Twice: one\r\nX-Twice: two\r\n"
                + "Cookie: a=1; b=2\r\nAccept-Encoding: gzip, br\r\n"
                + "X-Empty:\r\nIf-None-Match: \"x\"\r\nUser-Agent: odd/1 (x; y)\r\nX-Name: J\u00c3\u00bcrgen\r\n"
                + "Connection: X-Hop\r\nX-Hop: mine\r\n\r\n"
                + "GET /api/last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );

        var request = backend.Requests.First();
        request.Header("Host").ShouldBe(["shop.example:8443"]);
        string.Join(", ", request.Header("X-Twice")).ShouldBe("one, two");
        request.Header("Cookie").ShouldBe(["a=1; b=2"]);
        request.Header("Accept-Encoding").ShouldBe(["gzip, br"]);
        request.Header("If-None-Match").ShouldBe(["\"x\""]);
        request.Header("User-Agent").ShouldBe(["odd/1 (x; y)"]);
        request.Header("X-Name").ShouldBe(["J\u00c3\u00bcrgen"]);
        request.Header("X-Hop").ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_kind_of_body_arrives_complete_and_with_its_framing()
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        await RawClient.SendAsync(
            gateway.Url,
            "POST /api/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
        );
        await RawClient.SendAsync(
            gateway.Url,
            "POST /api/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                + "3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
        );
        await RawClient.SendAsync(
            gateway.Url,
            "POST /api/c HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        await RawClient.SendAsync(gateway.Url, "GET /api/d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        var requests = backend.Requests.ToArray();
        requests.Select(request => request.Text).ShouldBe(["hello", "hello", "", ""]);
        requests[0].Header("Content-Length").ShouldBe(["5"]);
        requests[1].Header("Transfer-Encoding").ShouldBe(["chunked"]);
        requests[1].Header("Content-Length").ShouldBeEmpty();
        requests[2].Header("Content-Length").ShouldBe(["0"]);
        requests[3].Header("Content-Length").ShouldBeEmpty();
        requests[3].Header("Transfer-Encoding").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_expects_100_continue_gets_it_before_it_sends_its_body()
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) };
        using var client = new HttpClient(handler) { BaseAddress = gateway.Url };

        using var request = new HttpRequestMessage(HttpMethod.Put, "/api/messages")
        {
            Content = new StringContent("hello"),
            Headers = { ExpectContinue = true },
        };
        using var response = await client.SendAsync(request, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        backend.Requests.Single().Text.ShouldBe("hello");
    }
}
