namespace Aspire.Npgsql;

/// <summary>How a PostgreSQL data source is connected and observed. Stands for <c>Aspire.Npgsql.NpgsqlSettings</c>.</summary>
public sealed class NpgsqlSettings
{
    /// <summary>The connection string. Stands for <c>NpgsqlSettings.ConnectionString</c>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Whether no health check is registered. Stands for <c>NpgsqlSettings.DisableHealthChecks</c>.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Whether no traces are collected. Stands for <c>NpgsqlSettings.DisableTracing</c>.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>Whether no metrics are collected. Stands for <c>NpgsqlSettings.DisableMetrics</c>.</summary>
    public bool DisableMetrics { get; set; }
}
