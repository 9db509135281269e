using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Softy.Api.Http;

/// <summary>How the API speaks HTTP and JSON.</summary>
internal static class HttpExtensions
{
    /// <summary>A message takes some 24 KB at most: 2,000 characters, each written as two escapes.</summary>
    private const int MaxRequestBodySize = 64 * 1024;

    public static void AddHttp(this IHostApplicationBuilder builder)
    {
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodySize;
        });
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJsonContext.Default);
            json.SerializerOptions.Encoder = ApiJsonContext.Encoder;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
    }
}
