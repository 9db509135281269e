using System.Net.Http.Json;
using Microsoft.Playwright;
using Softy.Tests.Application;

namespace Softy.Tests.Web;

/// <summary>A test that opens the page in a browser, through the gateway.</summary>
[Collection(PageCollection.Name)]
public abstract class WebTest(PageApp softy, Browser browser) : ApplicationTest(softy)
{
    protected new PageApp Softy { get; } = softy;

    protected Browser Browser { get; } = browser;

    protected Task<Visitor> ArriveAsync(BrowserNewContextOptions? options = null) =>
        Visitor.ArriveAsync(Browser, Softy.GatewayAddress, options);

    /// <summary>A text that no other test writes.</summary>
    protected static string Unique(string text) => $"{text} {Guid.NewGuid():N}";

    /// <summary>Posts a message without a browser.</summary>
    protected static async Task WriteAsync(HttpClient client, string text)
    {
        using var response = await client.PostAsJsonAsync("/api/messages", new { author = "Ada", text }, Cancellation);
        response.EnsureSuccessStatusCode();
    }
}
