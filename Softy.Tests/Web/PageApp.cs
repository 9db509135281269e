using Softy.Tests.Api;

namespace Softy.Tests.Web;

/// <summary>The application as a visitor of the page uses it: three replicas, HTTPS, and no dashboard.</summary>
public sealed class PageApp : StoreApp
{
    /// <inheritdoc />
    protected override bool HasHttps => true;

    // Nothing here is about outages that replicas have to notice soon.
    /// <inheritdoc />
    protected override TimeSpan StoreTimeout => TimeSpan.FromSeconds(20);
}

/// <summary>
/// The tests that share one application and one browser. They run one after the other, beside those that share the
/// application with the dashboard, because together these would take longer than all other tests.
/// </summary>
[CollectionDefinition(Name)]
public sealed class PageCollection : ICollectionFixture<PageApp>, ICollectionFixture<Browser>
{
    public const string Name = "browser";
}
