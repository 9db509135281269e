using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Softy.Tests.Api;
using Softy.Tests.Gateway.Support;
using Softy.Tests.Reliability;

namespace Softy.Tests.Hostile;

/// <summary>Input meant to break a parser, a query or a page is refused with a problem, or kept as text.</summary>
[Collection(nameof(ApiCollection))]
public sealed class ApiInputTests(ApiCollection.Fixture softy) : ApiTest(softy)
{
    private static readonly string[] _attacks =
    [
        "'; DROP TABLE messages; --",
        "' OR '1'='1",
        "1; SELECT pg_sleep(10)",
        "\\'; --",
        "$1",
        "{{7*7}}",
        "${jndi:ldap://x/a}",
        "$(reboot)",
        "`id`",
        "| cat /etc/passwd",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "</textarea><svg/onload=alert(1)>",
        "../../../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "%00",
        "%0d%0aSet-Cookie:%20a=b",
        "%n%n%n%s",
        "\u202Etxt.exe",
        "A\u0301\u0301\u0301\u0301",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "NULL",
        "NaN",
        "-0",
        "1e309",
        "__proto__",
        "constructor",
        "FLUSHALL",
        "EVAL \"redis.call('FLUSHALL')\" 0",
    ];

    [Fact]
    public async Task Attacks_in_every_field_are_text_or_are_refused()
    {
        var tries = 0;
        foreach (var attack in _attacks)
        {
            var created = await PostMessageAsync(attack, attack);
            (created.Author, created.Text).ShouldBe((attack, attack));
            (await GetAsync<Message>($"/api/messages/{created.Id}")).Text.ShouldBe(attack);
            (await DeleteMessageAsync(Client, created.Id, attack.All(char.IsAscii) ? attack : "x")).ShouldBe(
                HttpStatusCode.Forbidden
            );

            var escaped = Uri.EscapeDataString(attack);
            (await StatusAsync(HttpMethod.Get, $"/api/messages/{escaped}")).ShouldBeOneOf([400, 404], attack);
            (await StatusAsync(HttpMethod.Get, $"/api/messages?after={escaped}")).ShouldBe(400, attack);
            (await StatusAsync(HttpMethod.Get, $"/api/messages?limit={escaped}")).ShouldBe(400, attack);
            (await StatusAsync(HttpMethod.Get, $"/{escaped}")).ShouldBeOneOf([400, 404], attack);
            (await StatusAsync(HttpMethod.Get, $"/?{escaped}={escaped}")).ShouldBe(200, attack);
            (
                await StatusAsync(
                    HttpMethod.Get,
                    "/api/hello",
                    ("Cookie", attack),
                    ("X-Forwarded-For", attack),
                    ("Last-Event-ID", attack),
                    ("traceparent", attack)
                )
            ).ShouldBe(200, attack);
            (await StatusAsync(HttpMethod.Post, "/api/messages", ("Idempotency-Key", attack))).ShouldBe(400, attack);
            tries += 10;
        }

        (await QueryAsync("SELECT count(*) FROM messages"))
            .ShouldBeOfType<long>()
            .ShouldBeGreaterThanOrEqualTo(_attacks.Length);
        await GetAsync<VisitTotals>("/api/visits");
        Write("attacks", "SQL, script, shell, template and path tricks in every field", tries);
    }

    [Fact]
    public async Task Bodies_that_are_bombs_are_refused()
    {
        var bombs = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["a hundred thousand arrays"] = Utf8(new string('[', 100_000)),
            ["a hundred thousand objects"] = Utf8(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))),
            ["deep inside a message"] = Utf8(
                $"{{\"author\":\"a\",\"text\":{new string('[', 5_000)}{new string(']', 5_000)}}}"
            ),
            ["a number of a million digits"] = Utf8($"{{\"author\":\"a\",\"text\":{new string('9', 1_000_000)}}}"),
            ["a text of 20 MB"] = Utf8($"{{\"author\":\"a\",\"text\":\"{new string('x', 20_000_000)}\"}}"),
            ["more than the gateway takes"] = new byte[31_000_000],
            ["a hundred thousand names"] = Utf8(
                $"{{{string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"n{i}\":{i}"))}}}"
            ),
            ["half an escape"] = Utf8("{\"author\":\"a\",\"text\":\"\\ud800\"}"),
            ["invalid UTF-8"] = [.. "{\"author\":\"a\",\"text\":\""u8, 0xff, 0xfe, 0xc0, 0x80, .. "\"}"u8],
            ["a null"] = [.. "{\"author\":\"a\",\"text\":\"a"u8, 0, .. "b\"}"u8],
            ["an escaped null"] = Utf8("{\"author\":\"a\",\"text\":\"a\\u0000b\"}"),
            ["UTF-16"] = Encoding.Unicode.GetBytes("{\"author\":\"a\",\"text\":\"b\"}"),
            ["two values"] = Utf8("{\"author\":\"a\",\"text\":\"b\"}{\"author\":\"a\",\"text\":\"b\"}"),
            ["a comment"] = Utf8("{/* */\"author\":\"a\",\"text\":\"b\"}"),
            ["a number for a text"] = Utf8("{\"author\":1,\"text\":2}"),
            ["an array for a message"] = Utf8("[{\"author\":\"a\",\"text\":\"b\"}]"),
            ["nothing"] = [],
            ["null"] = Utf8("null"),
            ["gzip"] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0],
        };

        foreach (var (what, body) in bombs)
        {
            using var content = new ByteArrayContent(body)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            };
            try
            {
                using var response = await Client.PostAsync("/api/messages", content, Cancellation);
                ((int)response.StatusCode).ShouldBeInRange(400, 499, what);
            }
            catch (HttpRequestException) when (body.Length > 30_000_000)
            {
                // The gateway refuses the body unread and closes the connection, which may take the answer away.
            }
        }

        (await PostMessageAsync("After", "the bombs")).Text.ShouldBe("the bombs");
        Write("bombs", "JSON bombs, deep nesting, bodies that are not UTF-8 or not JSON", bombs.Count);
    }

    [Theory]
    [InlineData("/../../../../etc/passwd")]
    [InlineData("/..%2f..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("/%2e%2e/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/css/..%5c..%5c..%5cetc/passwd")]
    [InlineData("/css/%252e%252e/%252e%252e/etc/passwd")]
    [InlineData("/....//....//etc/passwd")]
    [InlineData("//etc/passwd")]
    [InlineData("/api/../appsettings.json")]
    [InlineData("/appsettings.json")]
    [InlineData("/Softy.Web.dll")]
    [InlineData("/.env")]
    [InlineData("/api/messages/../../gateway/status/../../appsettings.json")]
    public async Task No_path_leads_out_of_the_site(string path)
    {
        var answer = await RawClient.SendAsync(
            Softy.GatewayAddress,
            $"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        );

        RawClient.StatusCodes(answer).ShouldHaveSingleItem().ShouldBeOneOf(400, 404);
        answer.ShouldNotContain("root:");
        answer.ShouldNotContain("AllowedHosts");
    }

    [Fact]
    public async Task What_is_too_large_is_refused_and_told_so()
    {
        (await StatusAsync(HttpMethod.Get, $"/api/hello?{new string('a', 100_000)}")).ShouldBe(414);
        (await StatusAsync(HttpMethod.Get, "/api/hello", ("Cookie", new string('a', 100_000)))).ShouldBe(431);
        (await StatusAsync(HttpMethod.Get, $"/api/messages/{new string('9', 5_000)}")).ShouldBe(404);
        (await StatusAsync(HttpMethod.Get, $"/api/messages?limit={new string('9', 5_000)}")).ShouldBe(400);
        (await StatusAsync(HttpMethod.Get, $"/api/messages?after={new string('A', 5_000)}")).ShouldBe(400);
        (await StatusAsync(HttpMethod.Post, "/api/messages", ("Idempotency-Key", new string('k', 5_000)))).ShouldBe(
            400
        );
        (await DeleteMessageAsync(Client, "1", new string('t', 5_000))).ShouldBeOneOf(
            HttpStatusCode.Forbidden,
            HttpStatusCode.NotFound
        );
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static void Write(string section, string what, int tries)
    {
        var report = new Report(section, "what", "times, all refused or kept as text");
        report.Row(what, tries);
        report.Write();
    }

    private async Task<int> StatusAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post)
        {
            request.Content = JsonContent.Create(new { author = "a", text = "b" });
        }

        foreach (var (name, value) in headers)
        {
            // What .NET's client would not send is sent as far as it can be.
            request.Headers.TryAddWithoutValidation(
                name,
                new string([.. value.Where(c => c is >= ' ' and <= '~')])
                    + (name == "Idempotency-Key" ? "\t\u007f" : "")
            );
        }

        using var response = await Client.SendAsync(request, Cancellation);
        return (int)response.StatusCode;
    }
}
