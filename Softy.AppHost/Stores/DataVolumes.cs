namespace Softy.AppHost.Stores;

/// <summary>Adds data volumes to the stores, unless they are turned off.</summary>
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
