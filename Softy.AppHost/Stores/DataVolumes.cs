namespace Softy.AppHost.Stores;

/// <summary>Gives the stores data volumes, unless a run is to leave nothing behind.</summary>
internal static class DataVolumes
{
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(
        this IResourceBuilder<PostgresServerResource> postgres,
        AppHostOptions options
    ) => options.Volumes is { } prefix ? postgres.WithDataVolume($"{prefix}-postgres") : postgres;

    public static IResourceBuilder<RedisResource> WithDataVolume(
        this IResourceBuilder<RedisResource> redis,
        AppHostOptions options
    ) => options.Volumes is { } prefix ? redis.WithDataVolume($"{prefix}-redis") : redis;
}
