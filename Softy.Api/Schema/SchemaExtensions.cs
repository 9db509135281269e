namespace Softy.Api.Schema;

/// <summary>Adds the database's schema.</summary>
internal static class SchemaExtensions
{
    public static void AddSchema(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SchemaState>();
        builder.Services.AddSingleton<SchemaMigrator>();
        builder.Services.AddHostedService<SchemaService>();
        builder.Services.AddHealthChecks().AddCheck<SchemaHealthCheck>("schema");
    }
}
