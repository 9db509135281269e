namespace Softy.Api.Stores;

/// <summary>The names of the stores in connection strings, health checks, logs and problems.</summary>
internal static class StoreNames
{
    public const string Database = "softydb";
    public const string Postgres = "postgres";
    public const string Redis = "redis";
}
