using Microsoft.AspNetCore.Http.HttpResults;
using Softy.Web.Assets;

namespace Softy.Web.Pages;

/// <summary>The site's pages.</summary>
internal sealed class SitePages(AssetMap assets)
{
    private readonly Lazy<Page> _home = new(() => Load("index.html", assets));
    private readonly Lazy<Page> _notFound = new(() => Load("404.html", assets));

    public Page Home => _home.Value;

    public Page NotFound => _notFound.Value;

    private static Page Load(string name, AssetMap assets)
    {
        using var stream =
            typeof(SitePages).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException(
                $"The assembly does not contain the page '{name}': build Softy.Web with Pages/{name}."
            );
        using var reader = new StreamReader(stream);

        return Page.Render(reader.ReadToEnd(), assets.Assets);
    }
}

/// <summary>The routes of the pages.</summary>
internal static class SitePagesEndpoints
{
    private static readonly string[] _readMethods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps the home page, and a 404 page for all paths without another endpoint.</summary>
    public static void MapSitePages(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/", _readMethods, Home);
        routes.MapMethods("/index.html", _readMethods, Home);
        routes.MapMethods("/{**path}", _readMethods, NotFound).WithOrder(int.MaxValue);
    }

    private static FileContentHttpResult Home(HttpResponse response, SitePages pages)
    {
        var page = pages.Home;
        response.Headers.ContentSecurityPolicy = page.ContentSecurityPolicy;
        // Browsers may cache the page but must revalidate it, because it names the fingerprinted assets.
        response.Headers.CacheControl = "no-cache";

        return TypedResults.Bytes(page.Content, "text/html; charset=utf-8", entityTag: page.EntityTag);
    }

    private static async Task NotFound(HttpResponse response, SitePages pages, CancellationToken cancellationToken)
    {
        var page = pages.NotFound;
        response.StatusCode = StatusCodes.Status404NotFound;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = page.ContentSecurityPolicy;
        response.Headers.CacheControl = "no-store";

        await response.Body.WriteAsync(page.Content, cancellationToken);
    }
}
