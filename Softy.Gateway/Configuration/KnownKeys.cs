using System.Collections;
using System.Reflection;

namespace Softy.Gateway.Configuration;

/// <summary>
/// The configuration keys that mean something to the gateway. A misspelt one would do nothing, and nobody would
/// notice until the limit is needed that was never set.
/// </summary>
internal sealed class KnownKeys
{
    private const string Root = "Gateway";

    // The application model's, whose environment services inherit.
    private readonly HashSet<string> _keys = new(StringComparer.OrdinalIgnoreCase)
    {
        $"{Root}:Port",
        $"{Root}:HttpsPort",
    };

    private readonly HashSet<string> _collections = new(StringComparer.OrdinalIgnoreCase);

    public KnownKeys(IEnumerable<OptionsSection> sections)
    {
        foreach (var (section, type) in sections)
        {
            Add(section, type);
        }
    }

    /// <summary>Finds the keys that mean nothing.</summary>
    /// <returns>For each, what is wrong and which key was probably meant.</returns>
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

    private void Add(string path, Type type)
    {
        // What can be neither set nor filled is no setting.
        foreach (
            var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.CanWrite || property.PropertyType.IsAssignableTo(typeof(ICollection)))
        )
        {
            var key = $"{path}:{property.Name}";
            var value = property.PropertyType;
            if (value == typeof(string) || value.IsValueType)
            {
                _keys.Add(key);
            }
            else if (value.IsAssignableTo(typeof(IEnumerable)) || value.GetProperties().Length == 0)
            {
                _collections.Add(key);
            }
            else
            {
                Add(key, value);
            }
        }
    }

    private bool IsKnown(IConfigurationSection section) =>
        _keys.Contains(section.Path)
        || _collections.Any(collection => IsBelow(section.Path, collection))
        // An empty object or list in a file.
        || (
            string.IsNullOrEmpty(section.Value)
            && (
                _collections.Contains(section.Path) || _keys.Concat(_collections).Any(key => IsBelow(key, section.Path))
            )
        );

    private string Nearest(string path) =>
        _keys
            .Select(key => (Key: key, Distance: Distance(path, key)))
            // What is below a collection has names of its own.
            .Concat(
                _collections.Select(key => (Key: key, Distance: Distance(FirstParts(path, key.Split(':').Length), key)))
            )
            .MinBy(candidate => candidate.Distance)
            .Key;

    private static string FirstParts(string path, int count) => string.Join(':', path.Split(':').Take(count));

    /// <summary>
    /// How many letters have to be put in, left out or changed to make one text of the other (Levenshtein).
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

/// <summary>A section of the configuration, and the type whose properties are its keys.</summary>
internal sealed record OptionsSection(string Path, Type Type);
