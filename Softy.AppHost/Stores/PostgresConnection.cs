using Npgsql;

namespace Softy.AppHost.Stores;

/// <summary>Connects the AppHost to its own database server.</summary>
internal static class PostgresConnection
{
    /// <summary>Connects to the maintenance database without a pool.</summary>
    /// <param name="server">The server.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>An open connection.</returns>
    /// <exception cref="NpgsqlException">The server is not available or rejects the connection.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(
        PostgresServerResource server,
        CancellationToken cancellationToken
    )
    {
        var connectionString = new NpgsqlConnectionStringBuilder(
            await server.GetConnectionStringAsync(cancellationToken)
        )
        {
            Database = "postgres",
            Pooling = false,
            Timeout = 2,
            CommandTimeout = 30,
        };
        var connection = new NpgsqlConnection(connectionString.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
