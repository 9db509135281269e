using System.Net;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>
/// A request that is not idempotent is sent again only if no replica can have received any of it.
/// </summary>
[Collection(GatewayCollection.Name)]
public sealed class NonIdempotentRequestTests : FailoverTest
{
    [Fact]
    public async Task A_plain_POST_that_was_sent_is_never_sent_again()
    {
        await using var broken = RawBackend.Resetting();
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(broken.Url, well.Url);

        using var response = await gateway.Client.SendAsync(Post(SmallBody), Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        broken.Requests.Count.ShouldBe(1);
        well.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("POST", false)]
    [InlineData("POST", true)]
    [InlineData("PATCH", false)]
    public async Task A_plain_POST_or_PATCH_is_not_sent_again_when_its_pooled_connection_breaks(
        string method,
        bool withBody
    )
    {
        // .NET's HTTP client repeats a request without content, whatever its method, when a reused connection ends
        // without a response.
        var answers = 0;
        await using var broken = new RawBackend(
            (_, connection) =>
            {
                if (Interlocked.Increment(ref answers) == 1)
                {
                    return connection.SendAsync(RawBackend.Ok);
                }

                connection.Close();
                return Task.CompletedTask;
            }
        );
        await using var gateway = await StartAsync(broken.Url);
        await gateway.Client.GetAsync("/api/hello", Cancellation);

        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/visits");
        request.Content = withBody ? new ByteArrayContent(SmallBody) : null;
        using var response = await gateway.Client.SendAsync(request, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        broken.Requests.Count(sent => sent.RequestLine.StartsWith(method, StringComparison.Ordinal)).ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_plain_POST_is_not_sent_again_when_it_crashes_the_replica(bool expectContinue)
    {
        RawBackend dying = null!;
        dying = new RawBackend(
            (request, connection) =>
            {
                if (request.RequestLine.StartsWith("GET", StringComparison.Ordinal))
                {
                    return connection.SendAsync(RawBackend.Ok);
                }

                dying.StopListening();
                connection.Reset();
                return Task.CompletedTask;
            }
        );
        await using var disposing = dying;
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(dying.Url, well.Url);
        await gateway.AskAsync(2);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/visits");
        if (expectContinue)
        {
            dying.SkipsBodies = true;
            request.Content = new ByteArrayContent(SmallBody);
            request.Headers.ExpectContinue = true;
        }

        using var response = await gateway.Client.SendAsync(request, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        dying.Requests.Count(sent => sent.RequestLine.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
        well.Requests.ShouldNotContain(sent => sent.StartsWith("POST", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_plain_POST_that_could_not_be_sent_goes_to_another_replica(bool large)
    {
        await using var gone = await Backend.StartAsync("api-1");
        await using var well = await Backend.StartAsync("api-2", backend => backend.Answer = Answers.ReadBodyAsync);
        await using var gateway = await StartAsync(gone.Url, well.Url);
        await gone.CrashAsync();

        using var response = await gateway.Client.SendAsync(
            Post(large ? new byte[1_000_000] : SmallBody),
            Cancellation
        );

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Retries().ShouldBe(1);
        well.Requests.Count.ShouldBe(1);
    }
}
