using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Softy.Tests.Web;

/// <summary>
/// How the site's files are served: compressed, cached forever if they are fingerprinted, and with a strict policy.
/// </summary>
public sealed partial class ServingTests(PageApp softy, Browser browser) : WebTest(softy, browser)
{
    private const int MostBytes = 60_000;

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task Every_file_that_the_page_names_is_fingerprinted_compressed_and_immutable(string encoding)
    {
        using var client = Softy.CreateGatewayClient();
        var assets = AssetReference()
            .Matches(await client.GetStringAsync("/", Cancellation))
            .Select(match => match.Value)
            .Distinct()
            .ToList();

        assets.Count.ShouldBeGreaterThan(10);
        foreach (var asset in assets)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, asset);
            request.Headers.AcceptEncoding.Add(new(encoding));
            using var response = await client.SendAsync(request, Cancellation);

            response.StatusCode.ShouldBe(HttpStatusCode.OK, asset);
            response.Headers.CacheControl!.ToString().ShouldBe("max-age=31536000, immutable", asset);
            response.Content.Headers.ContentEncoding.ShouldBe([encoding], asset);
            response.Headers.ETag.ShouldNotBeNull(asset);
            response.Headers.Vary.ShouldContain("Accept-Encoding", asset);
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/css/site.css")]
    [InlineData("/robots.txt")]
    public async Task An_unchanged_file_is_not_sent_again(string path)
    {
        using var client = Softy.CreateGatewayClient();
        using var first = await client.GetAsync(path, Cancellation);
        first.Headers.CacheControl!.NoCache.ShouldBeTrue();

        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag.ShouldNotBeNull());
        using var second = await client.SendAsync(request, Cancellation);

        second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/no/such/page")]
    [InlineData("/robots.txt")]
    public async Task The_security_headers_are_strict(string path)
    {
        using var client = Softy.CreateGatewayClient();
        using var response = await client.GetAsync(path, Cancellation);

        var policy = response.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem();
        policy.ShouldStartWith("default-src 'none'; script-src 'self'");
        policy.ShouldNotContain("unsafe");
        policy.ShouldContain("worker-src 'self'");
        policy.ShouldContain("require-trusted-types-for 'script'");
        response.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        response.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        response.Headers.Contains("Server").ShouldBeFalse();
    }

    [Fact]
    public async Task An_unknown_address_gets_a_page_of_its_own()
    {
        using var client = Softy.CreateGatewayClient();
        using var response = await client.GetAsync("/no/such/page", Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        (await response.Content.ReadAsStringAsync(Cancellation)).ShouldContain("No lane leads here.");
    }

    [Fact]
    public async Task The_first_load_is_small_and_comes_from_one_origin()
    {
        using var client = Softy.CreateGatewayClient();
        var page = await client.GetStringAsync("/", Cancellation);
        var bytes = 0L;
        foreach (var path in AssetReference().Matches(page).Select(match => match.Value).Distinct().Prepend("/"))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("br"));
            using var response = await client.SendAsync(request, Cancellation);
            bytes +=
                (await response.Content.ReadAsByteArrayAsync(Cancellation)).Length + response.Headers.ToString().Length;
        }

        bytes.ShouldBeLessThan(MostBytes);
        OtherOrigin().Matches(page).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_whole_visit_violates_no_policy_and_never_leaves_the_origin()
    {
        await using var visitor = await ArriveAsync();
        var hosts = new List<string>();
        visitor.Page.Request += (_, request) => hosts.Add(new Uri(request.Url).Authority);

        await visitor.Page.ReloadAsync();
        await visitor.PostAsync("Ada", Unique("Nothing from elsewhere"));

        hosts.Distinct().ShouldBe([Softy.GatewayAddress.Authority]);
        visitor.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_violation_of_the_policy_is_noticed()
    {
        await using var visitor = await ArriveAsync();

        await visitor.Page.EvaluateAsync(
            """
            () => new Promise(done => {
              addEventListener("securitypolicyviolation", () => setTimeout(done), { once: true });
              document.body.append(Object.assign(new Image(), { src: "http://127.0.0.1:9/" }));
            })
            """
        );

        visitor.Complaints.ShouldHaveSingleItem().ShouldStartWith("img-src");
    }

    [GeneratedRegex("""(?<=(?:href|src)=")/(?:js|css|favicon)[^"]+""", RegexOptions.None, 1000)]
    private static partial Regex AssetReference();

    [GeneratedRegex("""(?:href|src)="(?:https?:)?//""", RegexOptions.None, 1000)]
    private static partial Regex OtherOrigin();
}
