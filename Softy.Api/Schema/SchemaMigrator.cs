using Npgsql;

namespace Softy.Api.Schema;

/// <summary>
/// Applies the migrations that the database lacks, all in one transaction. With an advisory lock one replica applies
/// them, while the others wait and then find them applied.
/// </summary>
internal sealed partial class SchemaMigrator(NpgsqlDataSource dataSource, ILogger<SchemaMigrator> logger)
{
    /// <summary>An arbitrary number, the same in every replica, that nothing else uses: "softy" in ASCII.</summary>
    private const long LockKey = 0x73_6F_66_74_79;

    /// <summary>Long, because a replica may wait for another one that applies a long migration.</summary>
    private const int CommandTimeoutSeconds = 300;

    /// <exception cref="SchemaException">A migration was changed or is missing.</exception>
    public async Task MigrateAsync(IReadOnlyList<Migration> migrations, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (await IsUpToDateAsync(connection, migrations, cancellationToken))
        {
            // Nothing is written in this case, so that a replica can start while the database is read-only.
            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // A replica may wait for another one that applies a long migration.
        await ExecuteAsync("SET LOCAL statement_timeout = 0");
        await ExecuteAsync($"SELECT pg_advisory_xact_lock({LockKey})");
        await ExecuteAsync(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                number     integer     PRIMARY KEY,
                name       text        NOT NULL,
                checksum   text        NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        );

        var applied = await ReadAppliedAsync(connection, cancellationToken);
        Verify(migrations, applied);

        foreach (var migration in migrations.Skip(applied.Count))
        {
            await ExecuteAsync(migration.Sql);
            await ExecuteAsync(
                "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)",
                migration.Number,
                migration.Name,
                migration.Checksum
            );
        }

        await transaction.CommitAsync(cancellationToken);

        if (applied.Count < migrations.Count)
        {
            LogApplied(migrations.Count - applied.Count, migrations[^1].Name);
        }
        else
        {
            LogUpToDate(migrations, applied);
        }

        async Task ExecuteAsync(string sql, params object[] parameters)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction)
            {
                CommandTimeout = CommandTimeoutSeconds,
            };
            foreach (var parameter in parameters)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            }

            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Checks that the applied migrations begin with those of this program, unchanged. Migrations after those are from
    /// a newer version: replicas of this version may restart during a rollout, or return with a rollback.
    /// </summary>
    internal static void Verify(IReadOnlyList<Migration> migrations, IReadOnlyList<AppliedMigration> applied)
    {
        for (var i = 0; i < Math.Min(applied.Count, migrations.Count); i++)
        {
            var (number, name, checksum) = applied[i];
            var migration = migrations[i];
            if (migration.Number != number || migration.Name != name)
            {
                throw new SchemaException(
                    $"The database has migration {name} where this version of Softy.Api has {migration.Name}. Restore "
                        + "the file to Softy.Api/Schema/Scripts, and add new ones at the end."
                );
            }

            if (migration.Checksum != checksum)
            {
                throw new SchemaException(
                    $"Migration {name} was changed after it had been applied (checksum {checksum[..12]}… in the "
                        + $"database, {migration.Checksum[..12]}… in the file). Undo the change, and add a new "
                        + "migration instead."
                );
            }
        }
    }

    private void LogUpToDate(IReadOnlyList<Migration> migrations, List<AppliedMigration> applied)
    {
        if (applied.Count > migrations.Count)
        {
            LogNewer(applied[^1].Name, migrations[^1].Name);
        }
        else
        {
            LogUpToDate(migrations[^1].Name);
        }
    }

    private async Task<bool> IsUpToDateAsync(
        NpgsqlConnection connection,
        IReadOnlyList<Migration> migrations,
        CancellationToken cancellationToken
    )
    {
        await using (var exists = new NpgsqlCommand("SELECT to_regclass('schema_migrations') IS NOT NULL", connection))
        {
            if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
            {
                return false;
            }
        }

        var applied = await ReadAppliedAsync(connection, cancellationToken);
        Verify(migrations, applied);
        if (applied.Count < migrations.Count)
        {
            return false;
        }

        LogUpToDate(migrations, applied);
        return true;
    }

    private static async Task<List<AppliedMigration>> ReadAppliedAsync(
        NpgsqlConnection connection,
        CancellationToken cancellationToken
    )
    {
        var applied = new List<AppliedMigration>();
        await using var command = new NpgsqlCommand(
            "SELECT number, name, checksum FROM schema_migrations ORDER BY number",
            connection
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add(new AppliedMigration(reader.GetInt32(0), reader.GetString(1), reader.GetString(2)));
        }

        return applied;
    }

    [LoggerMessage(1, LogLevel.Information, "Applied {Count} migration(s); the schema is at {Name}.")]
    private partial void LogApplied(int count, string name);

    [LoggerMessage(2, LogLevel.Information, "The schema is up to date at {Name}.")]
    private partial void LogUpToDate(string name);

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "The schema is at {Applied}, newer than the {Known} of this version of Softy.Api. This is expected during a "
            + "rollout and after a rollback; otherwise run the newer version."
    )]
    private partial void LogNewer(string applied, string known);
}

/// <summary>A migration as recorded in the database.</summary>
internal sealed record AppliedMigration(int Number, string Name, string Checksum);
