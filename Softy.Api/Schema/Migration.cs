using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Softy.Api.Schema;

/// <summary>A numbered SQL file, such as <c>0001_name.sql</c>, with a checksum that reveals later changes.</summary>
internal sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>The SHA-256 hash of the text, with normalized line ends, because a checkout may change them.</summary>
    public string Checksum { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>Reads the migrations in this assembly, in order.</summary>
    public static IReadOnlyList<Migration> LoadAll()
    {
        var assembly = typeof(Migration).Assembly;
        var migrations = assembly
            .GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => Load(assembly, name))
            .ToList();
        for (var i = 0; i < migrations.Count; i++)
        {
            if (migrations[i].Number != i + 1)
            {
                throw new SchemaException(
                    $"The migrations are not numbered in sequence: expected number {i + 1:0000}, "
                        + $"found {migrations[i].Name}."
                );
            }
        }

        return migrations;
    }

    private static Migration Load(Assembly assembly, string name)
    {
        var separator = name.IndexOf('_', StringComparison.Ordinal);
        if (
            separator < 0
            || !int.TryParse(name.AsSpan(0, separator), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        )
        {
            throw new SchemaException(
                $"The migration {name} has no number: its name must look like 0001_what_it_makes.sql."
            );
        }

        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return new Migration(number, name, reader.ReadToEnd());
    }
}
