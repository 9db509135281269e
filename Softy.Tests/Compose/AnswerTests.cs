using System.Net;
using Softy.Tests.Gateway.Support;
using Softy.Tests.Web;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Compose;

/// <summary>What the deployment answers through its one port.</summary>
[Trait("Category", "Deployment")]
public sealed class AnswerTests(ComposeApp compose, Browser browser) : ComposeTest(compose), IClassFixture<Browser>
{
    [Fact]
    public async Task Every_service_answers_through_the_gateway()
    {
        using var client = Compose.Gateway.CreateClient();

        (await client.GetStringAsync("/", Cancellation)).ShouldContain("id=\"dynamic-content\"");
        (await client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("Hello, World!");
        using var health = await client.GetAsync("/health", Cancellation);
        health.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task HTTPS_is_served_plain_HTTP_is_redirected_and_a_renewed_certificate_is_used()
    {
        const string Host = "softy.example";
        using var certificates = new CertificateFolder();
        await Compose.WithHttpsAsync(
            "\nTLS_CERTIFICATE=fullchain.pem\nTLS_KEY=privkey.pem\n",
            async (folder, startAsync) =>
            {
                var first = Install();
                await startAsync();
                await Compose.Gateway.ShouldServeHttpsAsync(certificates, Host, first);
                var container = (await Compose.ContainersAsync("gateway")).ShouldHaveSingleItem();

                await Compose.Gateway.ShouldServeHttpsAsync(certificates, Host, Install());
                (await Compose.ContainersAsync("gateway")).ShouldHaveSingleItem().Id.ShouldBe(container.Id);

                // Replaces both files as certbot's hook does, and returns the serial number of the new certificate. The
                // gateway runs as another user than this test.
                string Install()
                {
                    var serial = certificates.WritePem("server", [Host]).SerialNumber;
                    foreach (var (from, to) in new[] { ("server.key", "privkey.pem"), ("server.pem", "fullchain.pem") })
                    {
                        certificates.SetMode(from, (UnixFileMode)Convert.ToInt32("644", 8));
                        var draft = Path.Combine(folder, $"{to}.next");
                        File.Copy(certificates.Path(from), draft, overwrite: true);
                        File.Move(draft, Path.Combine(folder, to), overwrite: true);
                    }

                    return serial;
                }
            }
        );
    }

    [Fact]
    public async Task The_greeting_is_a_variable_and_no_image_is_built_for_a_new_one()
    {
        using var client = Compose.Gateway.CreateClient();
        var image = (await Compose.ContainersAsync("api"))[0].ImageId;

        await Compose.WithVariablesAsync(
            variables => $"{variables}\nGreeting__Message='Good morning, #1!'\n",
            async () =>
            {
                await Compose.WaitUntilHealthyAsync(replicas: 3);
                for (var request = 0; request < 3; request++)
                {
                    (await client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("Good morning, #1!");
                }

                (await Compose.ContainersAsync("api")).ShouldAllBe(replica => replica.ImageId == image);
            }
        );
    }

    [Fact]
    public async Task The_page_greets_and_shows_three_healthy_replicas()
    {
        await using var visitor = await Visitor.ArriveAsync(browser, Compose.Gateway.Address);

        await Expect(visitor.Page.Locator("h1#dynamic-content")).ToHaveTextAsync("Hello, World!");
        await Expect(visitor.Page.Locator(".lane[data-health='healthy']"))
            .ToHaveCountAsync(3, new() { Timeout = 30_000 });
        await Expect(visitor.Page.Locator(".lane")).ToHaveCountAsync(3);
        visitor.Complaints.ShouldBeEmpty();
    }
}
