using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Softy.ServiceDefaults.Configuration;

namespace Softy.ServiceDefaults.Listening;

/// <summary>Lets a service accept HTTP/2 without TLS on a port of its own.</summary>
public static class Http2Extensions
{
    /// <summary>Reads <see cref="Http2Options"/>, and configures the endpoint that has its port.</summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddHttp2Endpoint<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.Services.AddSettings<Http2Options>(
            Http2Options.SectionName,
            static (section, options) => section.Bind(options)
        );
        builder
            .Services.AddOptions<KestrelServerOptions>()
            .Configure<IOptions<Http2Options>>(
                static (server, http2) =>
                    server.ConfigureEndpointDefaults(endpoint =>
                    {
                        if (http2.Value.Port > 0 && endpoint.IPEndPoint?.Port == http2.Value.Port)
                        {
                            endpoint.Protocols = HttpProtocols.Http2;
                        }
                    })
            );
        return builder;
    }

    /// <summary>Adds the port to the server's addresses, unless they have it already.</summary>
    /// <param name="app">The application, before it starts.</param>
    /// <returns>The same application.</returns>
    public static WebApplication UseHttp2Endpoint(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        if (app.Services.GetRequiredService<IOptions<Http2Options>>().Value.Port is var port and > 0)
        {
            ServerAddresses.Add(app.Urls, app.Configuration, [(Uri.UriSchemeHttp, port)]);
        }

        return app;
    }
}
