using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Softy.ServiceDefaults.Instances;

/// <summary>Makes a service say which replica it is.</summary>
public static class InstanceExtensions
{
    /// <summary>The response header that names the replica that answered.</summary>
    public const string HeaderName = "X-Softy-Instance";

    /// <summary>
    /// The header in which a health endpoint says which service it belongs to. Whoever sends requests to an address can
    /// tell by it whether somebody else has got the address meanwhile.
    /// </summary>
    public const string ServiceHeaderName = "X-Softy-Service";

    private const string TelemetryName = "OTEL_SERVICE_NAME";

    /// <summary>Reads <see cref="InstanceOptions"/> and names the replica in every response.</summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddInstance<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder
            .Services.AddOptions<InstanceOptions>()
            .BindConfiguration(InstanceOptions.SectionName)
            .PostConfigure<IConfiguration, IHostEnvironment>(
                (options, configuration, environment) =>
                {
                    options.Name = FirstOf(options.Name, Environment.MachineName);
                    options.Service = FirstOf(
                        options.Service,
                        configuration[TelemetryName],
                        environment.ApplicationName
                    );
                }
            )
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<IStartupFilter, HeaderStartupFilter>();

        return builder;
    }

    private static string FirstOf(params ReadOnlySpan<string?> names)
    {
        foreach (var name in names)
        {
            if (!string.IsNullOrWhiteSpace(name))
            {
                return name;
            }
        }

        return "";
    }

    /// <summary>Puts the middleware before every other, so that error responses carry the header too.</summary>
    private sealed class HeaderStartupFilter(IOptions<InstanceOptions> options) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                StringValues name = options.Value.Name;
                // One callback for all requests, so that naming the replica allocates nothing.
                Func<object, Task> writeHeader = response =>
                {
                    // A name that is there already is a replica's, which a gateway passes on.
                    ((HttpResponse)response).Headers.TryAdd(HeaderName, name);
                    return Task.CompletedTask;
                };

                app.Use(pipeline =>
                    context =>
                    {
                        // When the response starts, because an exception handler clears the headers that were set before.
                        context.Response.OnStarting(writeHeader, context.Response);
                        return pipeline(context);
                    }
                );
                next(app);
            };
    }
}
