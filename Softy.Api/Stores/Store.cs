namespace Softy.Api.Stores;

/// <summary>The stores by the names that connection strings, health checks and people use for them.</summary>
internal static class Store
{
    public const string Database = "softydb";
    public const string Postgres = "postgres";
    public const string Redis = "redis";
}
