using Npgsql;
using Softy.ServiceDefaults.Startup;
using StackExchange.Redis;

namespace Softy.Api.Stores;

/// <summary>
/// Where the stores are: <c>ConnectionStrings:softydb</c> and <c>ConnectionStrings:redis</c>, or, where those are
/// absent, the plain environment variables <c>DB_HOST</c>, <c>DB_NAME</c>, <c>DB_USER</c>, <c>DB_PASS</c> and
/// <c>REDIS_HOST</c>. Without either, the service does not start.
/// </summary>
internal static class StoreConnectionStrings
{
    private static readonly string[] _databaseVariables = ["DB_HOST", "DB_NAME", "DB_USER", "DB_PASS"];

    /// <summary>Builds absent connection strings from the plain variables, and checks that all can be parsed.</summary>
    /// <exception cref="StartupException">
    /// A store is not configured, or its connection string cannot be parsed.
    /// </exception>
    public static void Resolve(IConfigurationManager configuration)
    {
        var errors = new List<string>();
        var found = new Dictionary<string, string?>(StringComparer.Ordinal);

        if (string.IsNullOrWhiteSpace(configuration.GetConnectionString(StoreNames.Database)))
        {
            var missing = _databaseVariables.Where(name => string.IsNullOrEmpty(configuration[name])).ToList();
            if (missing.Count == 0)
            {
                found[$"ConnectionStrings:{StoreNames.Database}"] = new NpgsqlConnectionStringBuilder
                {
                    Host = configuration["DB_HOST"],
                    Database = configuration["DB_NAME"],
                    Username = configuration["DB_USER"],
                    Password = configuration["DB_PASS"],
                }.ConnectionString;
            }
            else
            {
                errors.Add(
                    $"PostgreSQL is not configured: set ConnectionStrings__{StoreNames.Database}, or "
                        + $"{string.Join(", ", _databaseVariables)}"
                        + (
                            missing.Count < _databaseVariables.Length
                                ? $" (missing: {string.Join(", ", missing)})."
                                : "."
                        )
                );
            }
        }

        if (string.IsNullOrWhiteSpace(configuration.GetConnectionString(StoreNames.Redis)))
        {
            if (configuration["REDIS_HOST"] is { Length: > 0 } host)
            {
                found[$"ConnectionStrings:{StoreNames.Redis}"] = host;
            }
            else
            {
                errors.Add($"Redis is not configured: set ConnectionStrings__{StoreNames.Redis}, or REDIS_HOST.");
            }
        }

        if (errors.Count > 0)
        {
            throw new StartupException(string.Join(' ', errors));
        }

        configuration.AddInMemoryCollection(found);
        Check(
            configuration,
            StoreNames.Database,
            "Host=…;Username=…;Password=…;Database=…",
            text => new NpgsqlConnectionStringBuilder(text)
        );
        Check(configuration, StoreNames.Redis, "host:port,password=…", text => ConfigurationOptions.Parse(text));
    }

    private static void Check(IConfiguration configuration, string name, string shape, Func<string, object> parse)
    {
        try
        {
            parse(configuration.GetConnectionString(name)!);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            // The messages of the parsers name the invalid part but do not contain its value.
            throw new StartupException(
                $"The connection string ConnectionStrings__{name} cannot be read: {exception.Message} "
                    + $"It must look like {shape}"
            );
        }
    }
}
