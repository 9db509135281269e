using Npgsql;

namespace Softy.Api.Stores;

/// <summary>
/// What failures of PostgreSQL mean. The first two characters of a SQLSTATE are its class; clients are told 503 for what
/// passes by itself or by an operator's hand at the server, and 500 for what is wrong with this program or its permissions.
/// </summary>
internal static class PostgresFailure
{
    /// <summary>Finds out what a failure means.</summary>
    /// <returns>The trouble; null where the statement itself is wrong, and sending it again would not help.</returns>
    public static StoreTrouble? Classify(Exception? exception) =>
        exception switch
        {
            PostgresException { SqlState: var state } => Classify(state),
            NpgsqlException or TimeoutException or IOException => StoreTrouble.Down,
            _ => null,
        };

    /// <summary>Whether a change that was begun may have been made although it failed like this.</summary>
    public static bool IsOutcomeUnknown(Exception exception) =>
        exception switch
        {
            // The server ends the session, perhaps after the commit and before its answer.
            PostgresException { SqlState: var state } => state.StartsWith("57P", StringComparison.Ordinal),
            _ => Classify(exception) is not null,
        };

    private static StoreTrouble? Classify(string state) =>
        state switch
        {
            // Rolled back by the server, which is well otherwise.
            PostgresErrorCodes.ReadOnlySqlTransaction
            or PostgresErrorCodes.QueryCanceled
            or PostgresErrorCodes.LockNotAvailable
            or PostgresErrorCodes.DiskFull => StoreTrouble.Refused,
            _ => state[..2] switch
            {
                // Deadlocks and failures to serialize.
                "40" => StoreTrouble.Refused,
                // Connection trouble, wrong credentials, no such database, out of resources, errors of the system.
                "08" or "28" or "3D" or "53" or "58" => StoreTrouble.Down,
                // Shutting down, starting up, or the session was ended.
                "57" => StoreTrouble.Down,
                _ => null,
            },
        };
}
