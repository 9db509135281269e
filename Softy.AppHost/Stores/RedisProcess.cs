using StackExchange.Redis;

namespace Softy.AppHost.Stores;

/// <summary>Runs Redis as a process.</summary>
internal static class RedisProcess
{
    private const string Account = "redis";
    private static readonly string[] _programs = ["redis-server", "valkey-server"];

    /// <summary>
    /// Runs Redis or Valkey from a program that is installed on this machine. The resource keeps its name, endpoint,
    /// connection string and commands. The method does nothing in publish mode.
    /// </summary>
    /// <param name="redis">The server. Its data volume becomes a folder under <c>.softy/volumes</c>.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<RedisResource> RunAsProcess(this IResourceBuilder<RedisResource> redis)
    {
        var builder = redis.ApplicationBuilder;
        if (builder.ExecutionContext.IsPublishMode)
        {
            return redis;
        }

        var server = redis.Resource;
        redis.ReplaceByProcess(
            "redis.sh",
            Plan,
            async cancellationToken =>
            {
                var options = ConfigurationOptions.Parse((await server.GetConnectionStringAsync(cancellationToken))!);
                options.ConnectRetry = 0;
                options.ConnectTimeout = 2000;
                await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
                await connection.GetDatabase().PingAsync();
            }
        );
        return redis;

        StorePlan Plan()
        {
            var program =
                Programs.Find(Programs.SearchPath, _programs)
                ?? throw new DistributedApplicationException(
                    $"'{server.Name}' needs the program 'redis-server' or 'valkey-server'. Looked on the PATH "
                        + $"({string.Join(Path.PathSeparator, Programs.SearchPath)}). Install it with: "
                        + "apt-get install --no-install-recommends redis-server. Or start Docker or Podman."
                );
            var account = ServerAccount.Find(server.Name, Account);
            var (folder, isTemporary) = StoreFolder.Open(builder, server, account);
            return new StorePlan(program, folder, isTemporary, account);
        }
    }
}
