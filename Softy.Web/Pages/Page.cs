using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;
using Softy.Web.Assets;
using Softy.Web.Security;

namespace Softy.Web.Pages;

/// <summary>A page as it is sent.</summary>
/// <param name="Content">The HTML, UTF-8.</param>
/// <param name="EntityTag">Changes when the page or an asset that it refers to changes.</param>
/// <param name="ContentSecurityPolicy">What the page may load: its own origin only.</param>
internal sealed record Page(ReadOnlyMemory<byte> Content, EntityTagHeaderValue EntityTag, string ContentSecurityPolicy)
{
    /// <summary>
    /// Replaces the paths of assets in the HTML by their fingerprinted paths, with integrity attributes.
    /// </summary>
    public static Page Render(string html, IReadOnlyList<Asset> assets)
    {
        var importMap = new ImportMap(assets);
        var page = new StringBuilder(html).Replace(
            """<script type="importmap">{}</script>""",
            $"""<script type="importmap">{importMap.Json}</script>"""
        );

        foreach (var asset in assets)
        {
            var integrity = asset.IsScript || asset.IsStyle ? $" integrity=\"{asset.Integrity}\"" : "";
            page.Replace($"=\"{asset.Path}\"", $"=\"{asset.FingerprintedPath}\"{integrity}");
        }

        var content = Encoding.UTF8.GetBytes(page.ToString());
        var tag = new EntityTagHeaderValue(
            $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"",
            isWeak: true
        );

        return new(content, tag, SecurityHeaders.PolicyAllowing(importMap.PolicySource));
    }
}
