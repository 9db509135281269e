using Softy.AppHost.Compose.Nodes;

namespace Softy.AppHost.Compose;

/// <summary>
/// Protects data from a different major version of PostgreSQL, which could not read it. The version is a variable of
/// <c>.env</c>, so that publishing again does not change it. A container with data of another version stops with
/// instructions.
/// </summary>
internal static class PostgresVersion
{
    /// <summary>The variable with the path of the volume. Images before version 18 need a different path.</summary>
    public const string VolumePath = "POSTGRES_VOLUME_PATH";

    /// <summary>The variable with the tag of the image.</summary>
    public const string Tag = "POSTGRES_TAG";

    // The image's own check does not mention the volume, and is disabled if PGDATA is set.
    private const string Guard = """
        version=$(postgres --version)
        version=${version#*) }
        version=${version%%[!0-9]*}
        refuse() {
            found=$(cat "$1")
            echo "softy: the volume VOLUME holds data of PostgreSQL $found, which PostgreSQL $version cannot read." >&2
            echo "softy: set POSTGRES_TAG in .env to a tag of that version to go on with it," >&2
            echo "softy: or migrate the data: 'A new major version of PostgreSQL' in Softy's docs/deployment.md." >&2
            exit 1
        }
        if [ -s "$PGDATA/PG_VERSION" ]; then
            [ "$(cat "$PGDATA/PG_VERSION")" = "$version" ] || refuse "$PGDATA/PG_VERSION"
        else
            for file in FOLDER/PG_VERSION FOLDER/data/PG_VERSION FOLDER/*/docker/PG_VERSION; do
                [ ! -s "$file" ] || [ "$(cat "$file")" = "$version" ] || refuse "$file"
            done
        fi
        exec docker-entrypoint.sh "$@"
        """;

    /// <summary>Gets the tag of the image in the application model.</summary>
    /// <param name="postgres">The server.</param>
    /// <returns>The tag, or null if the image is specified in another way.</returns>
    public static string? ModelTag(PostgresServerResource postgres) =>
        postgres.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault() is { SHA256: null, Tag: { } tag }
            ? tag
            : null;

    /// <summary>Replaces the tag by a variable, and runs the check before the image's entry point.</summary>
    /// <param name="postgres">The server.</param>
    /// <param name="service">The service of the server.</param>
    public static void Apply(PostgresServerResource postgres, ComposeService service)
    {
        if (ModelTag(postgres) is { } tag && service.Image is { } image)
        {
            service.Image = $"{image[..^tag.Length]}${{{Tag}:-{tag}}}";
        }

        var index = service.Volumes.FindIndex(mount => mount.Type == "volume");
        if (index < 0)
        {
            return;
        }

        var mount = service.Volumes[index];
        service.Volumes[index] = mount with { Target = $"${{{VolumePath}:-{mount.Target}}}" };
        var guard = Guard
            .ReplaceLineEndings("\n")
            .Replace("VOLUME", mount.Source, StringComparison.Ordinal)
            .Replace("FOLDER", mount.Target, StringComparison.Ordinal);
        service.Entrypoint.Clear();
        service.Entrypoint.AddRange(["/bin/sh", "-ec", ComposeValues.Escape(guard), "docker-entrypoint.sh"]);
        service.Command.Insert(0, "postgres"); // overriding the entry point removes the image's command
    }
}
