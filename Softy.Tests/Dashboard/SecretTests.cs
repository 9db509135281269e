using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Softy.Tests.Application;

namespace Softy.Tests.Dashboard;

/// <summary>The dashboard requires a token or a key, and neither appears in a log.</summary>
public sealed class SecretTests(SharedApp softy) : SharedTest(softy)
{
    private static readonly string[] _resources =
    [
        "postgres",
        "redis",
        "api-1",
        "api-2",
        "api-3",
        "web",
        "gateway",
        SharedApp.Dashboard,
    ];

    [Theory]
    [InlineData("/")]
    [InlineData("/traces")]
    [InlineData("/consolelogs/resource/api-1")]
    public async Task A_page_without_the_token_leads_to_the_login(string path)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false };
        using var client = new HttpClient(handler) { BaseAddress = Softy.DashboardAddress };

        using var response = await client.GetAsync(path, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        response.Headers.Location!.ToString().ShouldContain("/login?returnUrl=");
    }

    [Fact]
    public async Task A_wrong_token_opens_nothing()
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false };
        using var client = new HttpClient(handler) { BaseAddress = Softy.DashboardAddress };

        using var login = await client.GetAsync("/login?t=wrong", Cancellation);
        using var page = await client.GetAsync("/", Cancellation);

        page.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        page.Headers.Location!.ToString().ShouldContain("/login?returnUrl=");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task Telemetry_without_the_key_is_refused(string? key)
    {
        using var client = new HttpClient { BaseAddress = App.GetEndpoint(SharedApp.Dashboard, "otlp-grpc") };
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        )
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[5])
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") },
            },
        };
        if (key is not null)
        {
            request.Headers.Add("x-otlp-api-key", key);
        }

        using var response = await client.SendAsync(request, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task No_log_holds_a_secret()
    {
        var secrets = await Softy.SecretsAsync(Cancellation);
        var lines = new List<string>();
        foreach (var resource in _resources)
        {
            // Logs belong to an instance, whose name starts with that of the resource.
            App.ResourceNotifications.TryGetCurrentState(resource, out var current).ShouldBeTrue(resource);
            await foreach (
                var batch in App.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(current!.ResourceId)
            )
            {
                lines.AddRange(batch.Select(line => $"{resource}: {line.Content}"));
            }
        }

        lines.ShouldContain(line => line.StartsWith("api-1: ", StringComparison.Ordinal));
        lines.AddRange(Softy.Logs.Last(count: int.MaxValue).Split(Environment.NewLine));
        foreach (var (name, secret) in secrets)
        {
            lines.Where(line => line.Contains(secret, StringComparison.Ordinal)).ShouldBeEmpty(name);
        }

        // The AppHost prints the token for the user, but not in tests, whose logs others may read.
        lines.Where(line => line.Contains(Softy.BrowserToken, StringComparison.Ordinal)).ShouldBeEmpty();
    }
}
