using System.Net.Sockets;
using System.Security.Cryptography;
using Aspire.Hosting.Dashboard.ResourceService;
using Aspire.Hosting.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>The Aspire dashboard as a resource that lists leave out; its names are those of Aspire.</summary>
internal static partial class DashboardResource
{
    public const string Name = "aspire-dashboard";
    public const string BrowserTokenKey = "AppHost:BrowserToken";
    public const string OtlpKeyKey = "AppHost:OtlpApiKey";
    public const string ResourceServiceKeyKey = "AppHost:ResourceService:ApiKey";
    public const string ResourceServiceEndpoint = "resource-service";
    private const string OtlpEndpoint = "otlp-grpc";

    /// <summary>Adds the dashboard, where it is wanted and there.</summary>
    public static void Add(DistributedApplicationBuilder builder)
    {
        if (DashboardProgram.Find(builder.Configuration, builder.AppHostDirectory, out var absence) is not { } program)
        {
            builder.Services.AddHostedService(services => new DashboardAbsence(
                absence, services.GetRequiredService<ILogger<DistributedApplication>>()));
            return;
        }

        var configuration = builder.Configuration;
        configuration.AddInMemoryCollection(
        [
            new(BrowserTokenKey, configuration["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"] ?? NewSecret()),
            new(OtlpKeyKey, NewSecret()),
            new(ResourceServiceKeyKey, NewSecret()),
        ]);

        builder.AddResource(new ExecutableResource(Name, program, Path.GetDirectoryName(program)!))
            .WithExplicitStart()
            .WithArgs("dashboard")
            .WithAnnotation(Endpoint("http", configuration["ASPNETCORE_URLS"]))
            .WithAnnotation(Endpoint(OtlpEndpoint, configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"]))
            .WithAnnotation(Endpoint(ResourceServiceEndpoint, configuration["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"]))
            .WithHttpHealthCheck("/health")
            .WithEnvironment(context => SetEnvironment(context, builder))
            .OnResourceReady((dashboard, ready, _) =>
            {
                var logger = ready.Services.GetRequiredService<ILogger<DistributedApplication>>();
                var url = new EndpointReference(dashboard, "http").Url;
                LogListening(logger, url);
                LogLogin(logger, $"{url}/login?t={configuration[BrowserTokenKey]}");
                return Task.CompletedTask;
            });

        builder.Services.AddSingleton<ResourceMessages>();
        builder.Services.AddSingleton<ResourceServiceMethods>();
        builder.Services.AddHostedService<ResourceServiceHost>();
        builder.Services.AddHostedService<DashboardKeeper>();
    }

    /// <summary>Tells a project where its telemetry goes, as Aspire does; nothing without a dashboard.</summary>
    public static void SetTelemetry(IDictionary<string, object> variables, IDistributedApplicationBuilder builder)
    {
        if (builder.Resources.FirstOrDefault(r => r.Name == Name) is not IResourceWithEndpoints dashboard)
        {
            return;
        }

        variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = new EndpointReference(dashboard, OtlpEndpoint);
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={builder.Configuration[OtlpKeyKey]}";
        foreach (var interval in (string[])["OTEL_BSP_SCHEDULE_DELAY", "OTEL_BLRP_SCHEDULE_DELAY", "OTEL_METRIC_EXPORT_INTERVAL"])
        {
            variables[interval] = "1000";
        }

        variables["OTEL_TRACES_SAMPLER"] = "always_on";
        variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
    }

    // Secrets go by the environment, which only the same user can read, not by arguments, which are for all to see.
    private static void SetEnvironment(EnvironmentCallbackContext context, DistributedApplicationBuilder builder)
    {
        var dashboard = (IResourceWithEndpoints)context.Resource;
        var variables = context.EnvironmentVariables;
        variables["ASPNETCORE_ENVIRONMENT"] = "Production";
        variables["ASPNETCORE_URLS"] = new EndpointReference(dashboard, "http");
        variables["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = new EndpointReference(dashboard, OtlpEndpoint);
        variables["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = new EndpointReference(dashboard, ResourceServiceEndpoint);
        variables["Dashboard__Frontend__AuthMode"] = "BrowserToken";
        variables["Dashboard__Frontend__BrowserToken"] = builder.Configuration[BrowserTokenKey]!;
        variables["Dashboard__Otlp__AuthMode"] = "ApiKey";
        variables["Dashboard__Otlp__PrimaryApiKey"] = builder.Configuration[OtlpKeyKey]!;
        variables["Dashboard__ResourceServiceClient__AuthMode"] = "ApiKey";
        variables["Dashboard__ResourceServiceClient__ApiKey"] = builder.Configuration[ResourceServiceKeyKey]!;
        variables["Dashboard__Api__Enabled"] = "false";
        variables["Dashboard__Api__AuthMode"] = "ApiKey";
        variables["Dashboard__Api__PrimaryApiKey"] = NewSecret();
        variables["Dashboard__DebugSession__TelemetryOptOut"] = "true";
        variables["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "1";
    }

    // The port that the launch profile names, if it is free: a second application beside the first is no reason to stop.
    private static EndpointAnnotation Endpoint(string name, string? urls) => new(ProtocolType.Tcp, uriScheme: "http", name: name)
    {
        Port = Uri.TryCreate(urls?.Split(';')[0], UriKind.Absolute, out var url) && Ports.IsFree(url.Port) ? url.Port : null,
    };

    private static string NewSecret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    [LoggerMessage(0, LogLevel.Information, "Now listening on: {Url}")]
    private static partial void LogListening(ILogger logger, string url);

    [LoggerMessage(1, LogLevel.Information, "Login to the dashboard at {Url}")]
    private static partial void LogLogin(ILogger logger, string url);
}
