using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Softy.Web.Serving;

/// <summary>
/// The import map: tells the browser under which fingerprinted name it finds <c>./api.js</c> and its like, and what
/// each module's content must hash to. It has to stand in the page itself, so the policy names its hash.
/// </summary>
internal sealed class ImportMap(IEnumerable<Asset> assets)
{
    private readonly IReadOnlyList<Asset> _scripts = [.. assets.Where(asset => asset.IsScript)];

    public string Json =>
        field ??= JsonSerializer.Serialize(
            new
            {
                imports = _scripts.ToDictionary(script => script.Path, script => script.FingerprintedPath),
                integrity = _scripts.ToDictionary(script => script.FingerprintedPath, script => script.Integrity),
            }
        );

    /// <summary>The source expression that allows this very script in a Content-Security-Policy.</summary>
    public string PolicySource => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Json)))}'";
}
