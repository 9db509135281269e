using System.Net;
using System.Text;

namespace Softy.Tests.Api;

/// <summary>Every error is a problem with a trace id, and reveals no internals.</summary>
[Collection(nameof(ApiCollection))]
public sealed class ProblemTests(ApiCollection.Fixture softy) : ApiTest(softy)
{
    [Theory]
    [InlineData("GET", "/api/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/messages/0", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/messages/-1", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/messages/99999999999999999999", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/messages/abc", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/messages/abc", HttpStatusCode.NotFound)]
    [InlineData("PUT", "/api/messages", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/api/visits", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "/api/hello", HttpStatusCode.MethodNotAllowed)]
    public async Task An_unknown_path_or_method_is_a_problem(string method, string path, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await Client.SendAsync(request, Cancellation);

        await ShouldBeProblemAsync(response, status);
    }

    [Theory]
    [InlineData("", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("null", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("[]", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{\"author\":1,\"text\":\"x\"}", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{\"author\":\"a\",\"author\":\"b\",\"text\":\"x\"}", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{\"author\":\"\\ud800\",\"text\":\"x\"}", "application/json", HttpStatusCode.BadRequest)]
    [InlineData(
        "{\"author\":\"a\",\"text\":\"\\u200b\\u2060 \\ufeff\"}",
        "application/json",
        HttpStatusCode.BadRequest
    )]
    [InlineData("{\"author\":\"\\u3164\",\"text\":\"x\"}", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{\"author\":\"a\",\"text\":\"x\"} more", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{}", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{\"author\":\"a\",\"text\":\"x\"}", "text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData(
        "{\"author\":\"a\",\"text\":\"x\"}",
        "application/json; charset=nonsense",
        HttpStatusCode.UnsupportedMediaType
    )]
    [InlineData("author=a&text=x", "application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType)]
    public async Task An_unreadable_body_is_a_problem(string body, string contentType, HttpStatusCode status)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var response = await Client.PostAsync("/api/messages", content, Cancellation);

        await ShouldBeProblemAsync(response, status);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_a_problem()
    {
        using var response = await SendMessageAsync(Client, "a", new string('x', 100_000));

        await ShouldBeProblemAsync(response, HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task A_message_that_is_not_valid_says_which_member_and_why()
    {
        using var response = await SendMessageAsync(Client, new string('a', 65), "bell \a");

        var problem = await ShouldBeProblemAsync(response, HttpStatusCode.BadRequest);
        var errors = problem.GetProperty("errors");
        errors.GetProperty("author")[0].GetString().ShouldBe("Author must be at most 64 characters long.");
        errors
            .GetProperty("text")[0]
            .GetString()
            .ShouldBe("Text must not contain control characters other than line breaks.");
        // The type is the address of a description.
        using var type = await Client.GetAsync(problem.GetProperty("type").GetString(), Cancellation);
        type.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("after=", "after")]
    [InlineData("after=AAAAAAAAAAAA", "after")]
    [InlineData("after=' OR 1=1 --", "after")]
    public async Task An_invalid_page_is_a_problem(string query, string parameter)
    {
        using var response = await Client.GetAsync($"/api/messages?{query}", Cancellation);

        var problem = await ShouldBeProblemAsync(response, HttpStatusCode.BadRequest);
        problem.GetProperty("errors").TryGetProperty(parameter, out _).ShouldBeTrue();
    }

    [Fact]
    public async Task The_trace_id_is_the_one_of_the_caller()
    {
        const string TraceId = "0af7651916cd43dd8448eb211c80319c";
        using var replica = CreateReplicaClient(1);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/nothing");
        request.Headers.Add("traceparent", $"00-{TraceId}-b7ad6b7169203331-01");
        using var response = await replica.SendAsync(request, Cancellation);

        (await ShouldBeProblemAsync(response, HttpStatusCode.NotFound))
            .GetProperty("traceId")
            .GetString()
            .ShouldBe(TraceId);
    }

    [Fact]
    public async Task Malformed_input_never_makes_the_service_fail()
    {
        // A failed test prints the seed, so that the failure can be reproduced.
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        string[] paths =
        [
            "/api/hello",
            "/api/hello/instance",
            "/host",
            "/date",
            "/api/host",
            "/api/date",
            "/api/instance",
            "/api/visits",
            "/api/messages",
            "/api/messages/1",
            "/api/problems",
            "/api/problems/validation",
            "/openapi/v1.json",
            "/health",
            "/alive",
        ];
        string[] methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"];
        string[] headers =
        [
            "Idempotency-Key",
            "X-Owner-Token",
            "If-None-Match",
            "Accept",
            "Accept-Encoding",
            "Content-Type",
            "traceparent",
            "Origin",
            "Range",
            "Last-Event-ID",
        ];

        using var replica = CreateReplicaClient(2);
        for (var n = 0; n < 600; n++)
        {
            var path = paths[random.Next(paths.Length)];
            if (random.Next(3) == 0)
            {
                path += "/" + Uri.EscapeDataString(Noise(random, 1, 40));
            }

            if (random.Next(2) == 0)
            {
                path += $"?{(random.Next(2) == 0 ? "after" : "limit")}={Uri.EscapeDataString(Noise(random, 0, 40))}";
            }

            using var request = new HttpRequestMessage(new HttpMethod(methods[random.Next(methods.Length)]), path);
            for (var h = random.Next(3); h > 0; h--)
            {
                request.Headers.TryAddWithoutValidation(
                    headers[random.Next(headers.Length)],
                    Ascii(Noise(random, 0, 60))
                );
            }

            if (random.Next(2) == 0 && request.Method != HttpMethod.Get)
            {
                var bytes = new byte[random.Next(200)];
                random.NextBytes(bytes);
                request.Content =
                    random.Next(2) == 0
                        ? new ByteArrayContent(bytes)
                        : new StringContent(
                            $"{{\"author\":\"{Noise(random, 0, 20)}\",\"text\":{Noise(random, 0, 20)}}}"
                        );
                request.Content.Headers.ContentType = null;
                request.Content.Headers.TryAddWithoutValidation(
                    "Content-Type",
                    random.Next(4) == 0 ? Ascii(Noise(random, 1, 10)) : "application/json"
                );
            }

            using var response = await replica.SendAsync(request, Cancellation);
            ((int)response.StatusCode).ShouldBeLessThan(500, $"seed {seed}, request {n}: {request}");
        }
    }

    private static string Ascii(string text) => new([.. text.Select(c => c is >= ' ' and <= '~' ? c : '?')]);

    private static string Noise(Random random, int min, int max)
    {
        var text = new StringBuilder();
        var length = random.Next(min, max + 1);
        while (text.Length < length)
        {
            text.Append(
                random.Next(4) switch
                {
                    0 => "\"{}[]:,\\/'%;-=<>&?#\0\n"[random.Next(21)],
                    1 => (char)random.Next(0x20, 0x7F),
                    2 => (char)random.Next(0xA0, 0x2FFF),
                    _ => "0123456789"[random.Next(10)],
                }
            );
        }

        return text.ToString();
    }
}
