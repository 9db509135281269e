using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Softy.Web.Assets;

/// <summary>
/// The import map, which maps the path of each module to its fingerprinted path and to the hash of its content. It has
/// to be inline in the page, so the Content-Security-Policy allows it by its hash.
/// </summary>
internal sealed class ImportMap(IEnumerable<Asset> assets)
{
    private readonly IReadOnlyList<Asset> _scripts = [.. assets.Where(asset => asset.IsScript)];

    public string Json =>
        field ??= JsonSerializer.Serialize(
            new ImportMapContent(
                _scripts.ToDictionary(script => script.Path, script => script.FingerprintedPath),
                _scripts.ToDictionary(script => script.FingerprintedPath, script => script.Integrity)
            ),
            ImportMapJson.Default.ImportMapContent
        );

    /// <summary>The source expression that allows this script in a Content-Security-Policy.</summary>
    public string PolicySource => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Json)))}'";
}

/// <summary>What an import map has in HTML.</summary>
internal sealed record ImportMapContent(Dictionary<string, string> Imports, Dictionary<string, string> Integrity);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ImportMapContent))]
internal sealed partial class ImportMapJson : JsonSerializerContext;
