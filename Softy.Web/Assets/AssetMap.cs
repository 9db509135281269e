using Microsoft.AspNetCore.StaticAssets;

namespace Softy.Web.Assets;

/// <summary>
/// An asset of the site: its path in the sources, and the fingerprinted path, which browsers may cache forever.
/// </summary>
/// <param name="Path">The path as a page or module writes it, such as <c>/js/app.js</c>.</param>
/// <param name="FingerprintedPath">The path that changes with the content, such as <c>/js/app.a1b2c3.js</c>.</param>
/// <param name="Integrity">The content's hash, in the form of an <c>integrity</c> attribute.</param>
internal sealed record Asset(string Path, string FingerprintedPath, string Integrity)
{
    public bool IsScript => Path.EndsWith(".js", StringComparison.Ordinal);

    public bool IsStyle => Path.EndsWith(".css", StringComparison.Ordinal);
}

/// <summary>The fingerprinted assets of the site, read from the endpoints that <c>MapStaticAssets</c> maps.</summary>
internal sealed class AssetMap(EndpointDataSource endpoints)
{
    private readonly Lazy<IReadOnlyList<Asset>> _assets = new(() => Read(endpoints));

    public IReadOnlyList<Asset> Assets => _assets.Value;

    private static List<Asset> Read(EndpointDataSource endpoints) =>
        endpoints
            .Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>())
            .OfType<StaticAssetDescriptor>()
            // A descriptor with a selector is a compressed variant of an asset.
            .Where(descriptor => descriptor.Selectors.Count == 0)
            .Select(descriptor =>
                (descriptor.Route, Label: Property(descriptor, "label"), Integrity: Property(descriptor, "integrity"))
            )
            .Where(asset => asset is { Label: not null, Integrity: not null })
            .Select(asset => new Asset($"/{asset.Label}", $"/{asset.Route}", asset.Integrity!))
            .DistinctBy(asset => asset.Path)
            .OrderBy(asset => asset.Path, StringComparer.Ordinal)
            .ToList();

    private static string? Property(StaticAssetDescriptor descriptor, string name) =>
        descriptor.Properties.FirstOrDefault(property => property.Name == name)?.Value;
}
