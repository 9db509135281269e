using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Softy.Api.Http;

/// <summary>How the API speaks HTTP and JSON.</summary>
internal static class HttpExtensions
{
    /// <summary>
    /// What is taken from the wire, more than the gateway passes on. A body that is refused is still read to its end: the
    /// connection would break under it otherwise, and the gateway would see a broken replica instead of the answer.
    /// </summary>
    private const int MaxRequestBodySize = 32 * 1024 * 1024;

    public static void AddHttp(this IHostApplicationBuilder builder)
    {
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodySize;
        });
        builder.Services.AddSingleton<IStartupFilter, HeadStartupFilter>();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJsonContext.Default);
            json.SerializerOptions.Encoder = ApiJsonContext.Encoder;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
    }
}
