using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Softy.ServiceDefaults.Configuration;

namespace Softy.ServiceDefaults.Instances;

/// <summary>Adds the replica's name to each response.</summary>
public static class InstanceExtensions
{
    private const string OtelServiceNameKey = "OTEL_SERVICE_NAME";

    /// <summary>Reads <see cref="InstanceOptions"/> and adds the replica's name to each response.</summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddInstance<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder
            .Services.AddSettings<InstanceOptions>(
                InstanceOptions.SectionName,
                static (section, options) => section.Bind(options)
            )
            .PostConfigure<IConfiguration, IHostEnvironment>(
                (options, configuration, environment) =>
                {
                    options.Name = FirstOf(options.Name, Environment.MachineName);
                    options.Service = FirstOf(
                        options.Service,
                        configuration[OtelServiceNameKey],
                        environment.ApplicationName
                    );
                }
            );
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

    /// <summary>Adds the middleware before all others, so that error responses have the header too.</summary>
    private sealed class HeaderStartupFilter(IOptions<InstanceOptions> options) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                StringValues name = options.Value.Name;
                // One delegate for all requests, so that a request allocates none.
                Func<object, Task> writeHeader = response =>
                {
                    // In the gateway, the header of a proxied response has the replica's name, which stays.
                    ((HttpResponse)response).Headers.TryAdd(SoftyHeaders.Instance, name);
                    return Task.CompletedTask;
                };

                app.Use(pipeline =>
                    context =>
                    {
                        // When the response starts, because an exception handler clears headers that were set before.
                        context.Response.OnStarting(writeHeader, context.Response);
                        return pipeline(context);
                    }
                );
                next(app);
            };
    }
}
