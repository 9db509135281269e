namespace Aspire.StackExchange.Redis;

/// <summary>
/// How a Redis connection is made and observed. Stands for <c>Aspire.StackExchange.Redis.StackExchangeRedisSettings</c>.
/// </summary>
public sealed class StackExchangeRedisSettings
{
    /// <summary>The configuration string. Stands for <c>StackExchangeRedisSettings.ConnectionString</c>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Whether no health check is registered. Stands for <c>StackExchangeRedisSettings.DisableHealthChecks</c>.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Whether no traces are collected. Stands for <c>StackExchangeRedisSettings.DisableTracing</c>.</summary>
    public bool DisableTracing { get; set; }
}
