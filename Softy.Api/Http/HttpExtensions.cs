using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Softy.Api.Http;

/// <summary>Configures HTTP.</summary>
internal static class HttpExtensions
{
    /// <summary>
    /// The largest body that the server reads, which is more than the gateway forwards. A body that an endpoint rejects
    /// is still read to its end. Otherwise the server would reset the connection, and the gateway would see a failed
    /// replica instead of the response.
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
    }
}
