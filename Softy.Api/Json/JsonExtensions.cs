using System.Text.Json.Serialization;

namespace Softy.Api.Json;

/// <summary>Configures JSON.</summary>
internal static class JsonExtensions
{
    public static void AddJson(this IHostApplicationBuilder builder) =>
        builder.Services.ConfigureHttpJsonOptions(json => JsonFormat.Apply(json.SerializerOptions));

    /// <summary>Adds the source-generated contracts of a feature's requests and responses.</summary>
    public static IServiceCollection AddJsonContext(this IServiceCollection services, JsonSerializerContext context) =>
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, context));
}
