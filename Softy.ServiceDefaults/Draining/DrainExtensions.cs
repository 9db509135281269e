using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Softy.ServiceDefaults.Configuration;

namespace Softy.ServiceDefaults.Draining;

/// <summary>Lets a service shut down without dropping a request.</summary>
public static class DrainExtensions
{
    /// <summary>Reads <see cref="DrainOptions"/> and drains on shutdown.</summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddDraining<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.Services.AddSettings<DrainOptions>(
            DrainOptions.SectionName,
            static (section, options) => section.Bind(options)
        );
        builder
            .Services.AddOptions<HostOptions>()
            .Configure<IOptions<DrainOptions>>(
                (host, drain) => host.ShutdownTimeout = drain.Value.Delay + drain.Value.RequestTimeout
            );

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<DrainState>();
        builder.Services.AddHostedService<DrainService>();
        builder.Services.AddHealthChecks().AddCheck<DrainHealthCheck>("draining");
        builder.Services.AddSingleton<IStartupFilter, HeaderStartupFilter>();

        return builder;
    }

    /// <summary>Announces with a response that is about to start that the service is draining.</summary>
    internal static Task Announce(object response)
    {
        var starting = (HttpResponse)response;
        starting.Headers[SoftyHeaders.Draining] = "true";
        if (starting.StatusCode != StatusCodes.Status101SwitchingProtocols)
        {
            // The server closes idle keep-alive connections when it stops, perhaps just as a client sends a request
            // on one. RequestClose announces the end first: Connection: close, or a GOAWAY frame in HTTP/2.
            starting.HttpContext.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }

        return Task.CompletedTask;
    }

    private sealed class DrainHealthCheck(DrainState state) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context,
            CancellationToken cancellationToken = default
        ) => Task.FromResult(state.IsDraining ? HealthCheckResult.Unhealthy("Draining.") : HealthCheckResult.Healthy());
    }

    private sealed class HeaderStartupFilter(DrainState state) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Use(pipeline =>
                    context =>
                    {
                        if (state.IsDraining)
                        {
                            context.Response.OnStarting(Announce, context.Response);
                        }

                        return pipeline(context);
                    }
                );
                next(app);
            };
    }
}
