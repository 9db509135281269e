using Npgsql;
using Softy.Api.Stores;

namespace Softy.Api.Visits;

/// <summary>The snapshot in PostgreSQL of the visits that Redis has counted. Counts never decrease.</summary>
internal sealed class VisitSnapshotStore(PostgresExecutor postgres)
{
    // A snapshot with a greater count of "earlier replicas" deletes the rows of replicas that were merged into it. One
    // with a smaller count is older than the stored one and is ignored, because it would restore those rows.
    private const string WriteSql = """
        WITH stored AS (
            SELECT coalesce((SELECT count FROM visits WHERE instance = $3), 0) AS earlier
        ), gone AS (
            DELETE FROM visits USING stored WHERE stored.earlier < $4 AND instance <> ALL ($1)
        )
        INSERT INTO visits (instance, count)
        SELECT new.instance, new.count FROM unnest($1, $2) AS new (instance, count), stored
        WHERE stored.earlier <= $4 ORDER BY new.instance
        ON CONFLICT (instance) DO UPDATE SET count = excluded.count WHERE visits.count < excluded.count
        """;

    private const string ReadSql = "SELECT instance, count FROM visits";

    public async ValueTask WriteAsync(VisitTotals totals, CancellationToken cancellationToken) =>
        await postgres.ChangeAsync(
            static async (connection, totals, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(WriteSql, connection);
                command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. totals.Instances.Keys] });
                command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. totals.Instances.Values] });
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = VisitTotals.EarlierReplicas });
                command.Parameters.Add(
                    new NpgsqlParameter<long>
                    {
                        TypedValue = totals.Instances.GetValueOrDefault(VisitTotals.EarlierReplicas),
                    }
                );
                return await command.ExecuteNonQueryAsync(cancellationToken);
            },
            totals,
            cancellationToken
        );

    public ValueTask<IReadOnlyDictionary<string, long>> ReadAsync(CancellationToken cancellationToken) =>
        postgres.ReadAsync(
            static async (connection, _, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(ReadSql, connection);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                var counts = new Dictionary<string, long>(StringComparer.Ordinal);
                while (await reader.ReadAsync(cancellationToken))
                {
                    counts.Add(reader.GetString(0), reader.GetInt64(1));
                }

                return (IReadOnlyDictionary<string, long>)counts;
            },
            0,
            cancellationToken
        );
}
