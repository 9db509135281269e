using Npgsql;

namespace Softy.Api.Stores;

/// <summary>
/// Classifies failures of PostgreSQL. The first two characters of a SQLSTATE are its class. Clients get 503 for what
/// passes by itself or by work on the server, and 500 for errors of this program or its permissions.
/// </summary>
internal static class PostgresFailure
{
    /// <summary>Classifies a failure.</summary>
    /// <returns>The failure; null where the statement itself is wrong, so that a retry would not help.</returns>
    public static StoreFailure? Classify(Exception? exception) =>
        exception switch
        {
            PostgresException { SqlState: var state } => Classify(state),
            NpgsqlException or TimeoutException or IOException => StoreFailure.Down,
            _ => null,
        };

    /// <summary>Whether a change that had started may have been committed in spite of this failure.</summary>
    public static bool IsOutcomeUnknown(Exception exception) =>
        exception switch
        {
            // The server has ended the session, perhaps after the commit and before its answer.
            PostgresException { SqlState: var state } => state.StartsWith("57P", StringComparison.Ordinal),
            _ => Classify(exception) is not null,
        };

    private static StoreFailure? Classify(string state) =>
        state switch
        {
            // The server has rolled the statement back, and works otherwise.
            PostgresErrorCodes.ReadOnlySqlTransaction
            or PostgresErrorCodes.QueryCanceled
            or PostgresErrorCodes.LockNotAvailable
            or PostgresErrorCodes.DiskFull => StoreFailure.Refused,
            _ => state[..2] switch
            {
                // Deadlocks and serialization failures.
                "40" => StoreFailure.Refused,
                // Connection failures, wrong credentials, missing database, insufficient resources, system errors.
                "08" or "28" or "3D" or "53" or "58" => StoreFailure.Down,
                // The server shuts down or starts up, or an administrator has ended the session.
                "57" => StoreFailure.Down,
                _ => null,
            },
        };
}
