using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Softy.Gateway.AccessLog;
using Softy.Gateway.Balancing;
using Softy.Gateway.Clients;
using Softy.Gateway.Configuration;
using Softy.Gateway.Discovery;
using Softy.Gateway.Failover;
using Softy.Gateway.Forwarding;
using Softy.Gateway.Health;
using Softy.Gateway.Limits;
using Softy.Gateway.Listening;
using Softy.Gateway.Measurements;
using Softy.Gateway.ProxyProtocol;
using Softy.Gateway.Redirection;
using Softy.Gateway.Routing;
using Softy.Gateway.SecurityHeaders;
using Softy.Gateway.Status;
using Softy.Gateway.Telemetry;
using Softy.Gateway.Tls;
using Softy.Gateway.WebSockets;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.Transforms;

namespace Softy.Gateway;

/// <summary>Registers the gateway's services and builds its request pipeline.</summary>
internal static class GatewayExtensions
{
    private const int ConnectionBacklog = 4096;

    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            // The HTTP client decodes the replicas' headers as Latin-1. Encoding them the same way keeps every byte
            // unchanged.
            server.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            server.RequestHeaderEncodingSelector = ConnectionHeaderEncoding.Select;
        });
        // Without a long queue, connections that arrive in a burst are dropped, and their clients only retry a second
        // later. The operating system applies its own limit in addition.
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.Backlog = ConnectionBacklog);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddProblemDetails();
        builder
            .Services.AddListening()
            .AddRedirection()
            .AddDiscovery()
            .AddBalancing()
            .AddReplicaHealth()
            .AddFailover()
            .AddLimits()
            .AddStatus()
            .AddGatewayTelemetry()
            .AddGatewayOptions<AccessLogOptions>();
        builder.AddForwarding();

        return builder;
    }

    public static WebApplication MapGateway(this WebApplication app)
    {
        app.Services.GetRequiredService<GatewayEndpoints>().AddTo(app.Urls);
        app.UseMiddleware<AccessLogMiddleware>();
        if (app.Services.GetRequiredService<TlsHandshake>().HasHttp3)
        {
            app.UseMiddleware<AltSvcMiddleware>();
        }

        app.UseMiddleware<SecurityHeadersMiddleware>();
        app.UseMiddleware<HstsMiddleware>();
        app.UseMiddleware<FramingMiddleware>();
        app.UseMiddleware<OptionsRequestMiddleware>();
        app.UseMiddleware<RedirectMiddleware>();
        if (app.Services.GetRequiredService<LiveOptions<StatusOptions>>().Current.Port > 0)
        {
            app.UseMiddleware<StatusPortMiddleware>();
        }

        app.UseMiddleware<WebSocketKeyMiddleware>();
        app.UseMiddleware<LimitsMiddleware>();
        // Runs before YARP reads the available destinations, so that a request that waited in the queue is sent to a
        // destination that is available when its turn comes.
        app.UseRequestLimits();
        app.MapStatus();
        app.MapAcmeChallenges();
        app.MapReverseProxy(proxy =>
        {
            proxy.UseMiddleware<HostValidationMiddleware>();
            proxy.UseSessionAffinity();
            proxy.UseMiddleware<FailoverMiddleware>();
            proxy.UseLoadBalancing();
            proxy.UseMiddleware<AttemptMiddleware>();
        });

        return app;
    }

    /// <summary>
    /// Adds the middleware of the limits, which is created with the first request that is limited. It runs a timer ten
    /// times a second, which took most of the CPU time of an idle gateway without limits.
    /// </summary>
    private static void UseRequestLimits(this WebApplication app)
    {
        var limiter = app.Services.GetRequiredService<RequestLimiter>();
        app.Use(next =>
        {
            var limited = new Lazy<RequestDelegate>(() =>
            {
                var branch = ((IApplicationBuilder)app).New();
                branch.UseRateLimiter();
                branch.Run(next);
                return branch.Build();
            });
            return context => limiter.AppliesTo(context) ? limited.Value(context) : next(context);
        });
    }

    private static IServiceCollection AddListening(this IServiceCollection services)
    {
        services
            .AddGatewayOptions<TlsOptions>()
            .AddGatewayOptions<Http2CleartextOptions>()
            .AddGatewayOptions<ProxyProtocolOptions>();
        services.AddSingleton<CertificateStore>();
        services.AddSingleton<TlsHandshake>();
        services.AddSingleton<ProxyProtocolMiddleware>();
        services.AddSingleton<GatewayEndpoints>();
        services
            .AddOptions<KestrelServerOptions>()
            .Configure<GatewayEndpoints>(
                static (server, endpoints) => server.ConfigureEndpointDefaults(endpoints.Configure)
            );
        services.AddHostedService<CertificateRefresh>();
        return services;
    }

    private static IServiceCollection AddRedirection(this IServiceCollection services) =>
        services
            .AddGatewayOptions<RedirectOptions>()
            .AddGatewayOptions<AcmeOptions>()
            .AddGatewayOptions<HstsOptions>()
            .AddGatewayOptions<SecurityHeaderOptions>();

    private static IServiceCollection AddDiscovery(this IServiceCollection services)
    {
        services.AddGatewayOptions<ServiceOptions>().AddGatewayOptions<DiscoveryOptions>();
        services.AddSingleton<IHostResolver, SystemHostResolver>();
        services.AddSingleton<ServiceDirectory>();
        services.AddHostedService<DiscoveryService>();
        services.AddSingleton<IProxyConfigProvider, GatewayConfigProvider>();
        return services;
    }

    private static IServiceCollection AddBalancing(this IServiceCollection services)
    {
        services.AddGatewayOptions<BalancingOptions>();
        services.AddSingleton<ILoadBalancingPolicy, FirstPolicy>();
        services.AddSingleton<ILoadBalancingPolicy, LeastRequestsPolicy>();
        services.AddSingleton<ILoadBalancingPolicy, RoundRobinPolicy>();
        services.AddSingleton<ILoadBalancingPolicy, WeightedRoundRobinPolicy>();
        return services;
    }

    private static IServiceCollection AddReplicaHealth(this IServiceCollection services)
    {
        services.AddGatewayOptions<ProbeOptions>().AddGatewayOptions<EjectionOptions>();
        services.AddSingleton<ReplicaTable>();
        services.AddSingleton<IClusterDestinationsUpdater, OrderedDestinationsUpdater>();
        services.AddSingleton<HealthTracker>();
        services.AddSingleton<Probe>();
        services.AddSingleton<Http2Check>();
        services.AddSingleton<GatewayUse>();
        services.AddSingleton<ProbeService>();
        services.AddSingleton<IClusterChangeListener>(provider => provider.GetRequiredService<ProbeService>());
        services.AddHostedService(provider => provider.GetRequiredService<ProbeService>());
        services.AddHealthChecks().AddCheck<RoutingHealthCheck>("routing");
        return services;
    }

    private static IServiceCollection AddFailover(this IServiceCollection services)
    {
        services.AddGatewayOptions<FailoverOptions>();
        services.AddSingleton<RetryBudgets>();
        services.AddSingleton<RetryLog>();
        return services;
    }

    private static IServiceCollection AddLimits(this IServiceCollection services)
    {
        services.AddGatewayOptions<LimitOptions>();
        services.AddSingleton<RequestLimiter>();
        services.AddSingleton<OpenStreams>();
        services.AddRateLimiter(_ => { });
        services
            .AddOptions<RateLimiterOptions>()
            .Configure<RequestLimiter>(
                static (options, limiter) =>
                {
                    options.GlobalLimiter = limiter;
                    options.OnRejected = RejectedLease.WriteResponseAsync;
                }
            );
        services.AddHostedService<ServerLimits>();
        return services;
    }

    private static IServiceCollection AddStatus(this IServiceCollection services)
    {
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<StatusSignal>();
        services.AddGatewayOptions<StatusOptions>();
        services.AddSingleton<StatusReader>();
        services.AddSingleton<StatusFeed>();
        services.AddHostedService<LatencySampler>();
        services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, GatewayStatusJson.Default)
        );
        return services;
    }

    private static void AddForwarding(this WebApplicationBuilder builder)
    {
        builder.Services.AddGatewayOptions<ForwardedOptions>().AddGatewayOptions<UpstreamOptions>();
        builder.Services.AddSingleton<ClientAddressResolver>();
        builder.Services.AddSingleton<StreamDrainer>();
        builder.Services.AddSingleton<IForwarderHttpClientFactory, UpstreamClientFactory>();
        // YARP registers data protection, which would write keys to disk. The affinity policy in use needs no keys.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder
            .Services.AddReverseProxy()
            .AddTransforms(transforms =>
            {
                transforms.UseDefaultForwarders = false;
                transforms.AddOriginalHost();
                transforms.RequestTransforms.Add(new HopByHopTransform());
                transforms.RequestTransforms.Add(
                    ActivatorUtilities.CreateInstance<ForwardedHeadersTransform>(transforms.Services)
                );
                transforms.RequestTransforms.Add(
                    ActivatorUtilities.CreateInstance<DestinationTransform>(transforms.Services)
                );
                transforms.ResponseTransforms.Add(
                    ActivatorUtilities.CreateInstance<ResponseTransformer>(transforms.Services)
                );
            });
        // YARP registers authorization, for which ASP.NET Core would insert a middleware that costs each request 8 % of
        // its memory. No route has a policy.
        builder.Services.RemoveAll<IAuthorizationHandlerProvider>();
    }
}
