using Npgsql;

namespace Softy.AppHost.Stores;

/// <summary>Connects the AppHost to a database server of its own.</summary>
internal static class PostgresConnection
{
    /// <summary>Connects to the server's own database, without a pool.</summary>
    /// <param name="server">The server.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>An open connection.</returns>
    /// <exception cref="NpgsqlException">The server is not there, or refuses the connection.</exception>
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
