using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Softy.Gateway.Configuration;

/// <summary>
/// Knows all configuration keys that the gateway reads. A misspelled key would silently have no effect, for example on
/// a limit.
/// </summary>
internal sealed class KnownKeys
{
    private const string Root = "Gateway";
    private const int NameBonus = 8;

    // The application model's own keys. Services inherit its environment variables.
    private readonly HashSet<string> _keys = new(StringComparer.OrdinalIgnoreCase)
    {
        $"{Root}:Port",
        $"{Root}:HttpsPort",
    };

    private readonly HashSet<string> _collections = new(StringComparer.OrdinalIgnoreCase);

    public KnownKeys(IEnumerable<OptionsSection> sections)
    {
        foreach (var section in sections.SelectMany(section => section.Parts.Prepend(section)))
        {
            Add(section);
        }
    }

    /// <summary>Finds configured keys that the gateway does not read.</summary>
    /// <returns>A message for each unknown key, with the most similar known key.</returns>
    public IEnumerable<string> FindUnknown(IConfiguration configuration) =>
        from section in Descendants(configuration.GetSection(Root))
        where !IsKnown(section)
        select $"{section.Path} is not a setting; did you mean {Nearest(section.Path)}?";

    private static IEnumerable<IConfigurationSection> Descendants(IConfigurationSection section)
    {
        foreach (var child in section.GetChildren())
        {
            if (child.GetChildren().Any())
            {
                foreach (var descendant in Descendants(child))
                {
                    yield return descendant;
                }
            }
            else
            {
                yield return child;
            }
        }
    }

    private static bool IsBelow(string path, string parent) =>
        path.StartsWith($"{parent}:", StringComparison.OrdinalIgnoreCase);

    private void Add(OptionsSection section)
    {
        // Properties that can neither be set nor filled are not bound.
        foreach (
            var property in section
                .Type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.CanWrite || property.PropertyType.IsAssignableTo(typeof(ICollection)))
        )
        {
            var key = $"{section.Path}:{property.Name}";
            var value = property.PropertyType;
            if (value == typeof(string) || value.IsValueType)
            {
                _keys.Add(key);
            }
            else if (value.IsAssignableTo(typeof(IEnumerable)))
            {
                _collections.Add(key);
            }
        }
    }

    private bool IsKnown(IConfigurationSection section) =>
        _keys.Contains(section.Path)
        || _collections.Any(collection => IsBelow(section.Path, collection))
        // An empty object or list in a JSON file.
        || (
            string.IsNullOrEmpty(section.Value)
            && (
                _collections.Contains(section.Path) || _keys.Concat(_collections).Any(key => IsBelow(key, section.Path))
            )
        );

    private string Nearest(string path) =>
        // Who gives a section a value wants to switch it on or off.
        _keys.TryGetValue($"{path}:Enabled", out var ownSwitch)
            ? ownSwitch
            : MostSimilar(path);

    private string MostSimilar(string path) =>
        _keys
            // A key at another place is a likelier mistake than another key.
            .Select(key => (Key: key, Distance: Distance(path, key) - (HasSameName(path, key) ? NameBonus : 0)))
            // Keys of a collection's items are arbitrary, so only the collection's own part of the path is compared.
            .Concat(
                _collections.Select(key => (Key: key, Distance: Distance(FirstParts(path, key.Split(':').Length), key)))
            )
            .MinBy(candidate => candidate.Distance)
            .Key;

    private static bool HasSameName(string path, string key) =>
        path[path.LastIndexOf(':')..].Equals(key[key.LastIndexOf(':')..], StringComparison.OrdinalIgnoreCase);

    private static string FirstParts(string path, int count) => string.Join(':', path.Split(':').Take(count));

    /// <summary>
    /// The Levenshtein distance: how many characters have to be inserted, deleted or replaced to turn one text into the
    /// other.
    /// </summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var isSame = char.ToUpperInvariant(from[i - 1]) == char.ToUpperInvariant(to[j - 1]);
                var changed = diagonal + (isSame ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}

/// <summary>A configuration section and the options type that is bound to it.</summary>
/// <param name="Path">The path of the section.</param>
/// <param name="Type">The type of the options.</param>
/// <param name="Parts">The sections of properties that are objects themselves.</param>
internal sealed record OptionsSection(
    string Path,
    [property: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)]
    [param: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)]
        Type Type,
    IReadOnlyList<OptionsSection> Parts
);
