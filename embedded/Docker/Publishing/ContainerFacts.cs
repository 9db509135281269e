using System.Globalization;

namespace Aspire.Hosting.Docker.Publishing;

/// <summary>The container that Aspire makes of a resource, which the embedded host itself runs as a process.</summary>
internal sealed record ContainerFacts(string Image)
{
    public List<string> Entrypoint { get; private init; } = [];

    public List<string> Command { get; private init; } = [];

    public Dictionary<string, object> Environment { get; private init; } = [];

    /// <summary>Null for what is no container.</summary>
    public static ContainerFacts? Of(IResource resource) => resource switch
    {
        PostgresServerResource server => new("docker.io/library/postgres:18.3")
        {
            Environment =
            {
                ["POSTGRES_HOST_AUTH_METHOD"] = "scram-sha-256",
                ["POSTGRES_INITDB_ARGS"] = "--auth-host=scram-sha-256 --auth-local=scram-sha-256",
                ["POSTGRES_USER"] = server.UserNameReference,
                ["POSTGRES_PASSWORD"] = server.PasswordParameter,
            },
        },
        RedisResource server => new("docker.io/library/redis:8.6")
        {
            Entrypoint = ["/bin/sh"],
            Command = ["-c", $"redis-server --requirepass $$REDIS_PASSWORD{Persistence(server)}"],
            Environment = { ["REDIS_PASSWORD"] = server.PasswordParameter! },
        },
        DockerComposeAspireDashboardResource => new("mcr.microsoft.com/dotnet/nightly/aspire-dashboard:13.5"),
        ContainerResource => throw new DistributedApplicationException(
            $"The resource '{resource.Name}' is a container of a kind that the embedded host cannot publish."),
        _ => null,
    };

    private static string Persistence(RedisResource server) =>
        server.Annotations.OfType<PersistenceAnnotation>().SingleOrDefault() is { } snapshots
            ? string.Create(CultureInfo.InvariantCulture, $" --save {(long)snapshots.Interval.TotalSeconds} {snapshots.KeysChangedThreshold}")
            : string.Empty;
}
