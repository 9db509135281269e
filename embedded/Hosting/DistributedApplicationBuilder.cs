using System.Reflection;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Parameters;
using Aspire.Hosting.Pipelines;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Builds an application from resources. Stands for Aspire's class of that name.</summary>
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private static readonly AsyncLocal<ITestingHooks?> _hooks = new();

    private readonly HostApplicationBuilder _host;
    private readonly DistributedApplicationOptions _options;

    /// <summary>Starts with nothing.</summary>
    /// <param name="args">The command line arguments.</param>
    public DistributedApplicationBuilder(string[] args)
        : this(new DistributedApplicationOptions { Args = args })
    {
    }

    /// <summary>Starts with nothing.</summary>
    /// <param name="options">How the application is built.</param>
    public DistributedApplicationBuilder(DistributedApplicationOptions options)
        : this(options, Hooks)
    {
    }

    internal DistributedApplicationBuilder(DistributedApplicationOptions options, ITestingHooks? hooks)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;

        var settings = new HostApplicationBuilderSettings { Args = options.Args };
        hooks?.OnBuilderCreating(options, settings);

        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
        settings.ApplicationName ??= AppHostAssembly?.GetName().Name;
        AppHostDirectory = Metadata(AppHostAssembly, "apphostprojectpath") ?? Directory.GetCurrentDirectory();
        settings.ContentRootPath ??= AppHostDirectory;
        _host = new HostApplicationBuilder(settings);

        ExecutionContext = new DistributedApplicationExecutionContext(
            string.Equals(Configuration["operation"], "publish", StringComparison.OrdinalIgnoreCase)
                ? DistributedApplicationOperation.Publish
                : DistributedApplicationOperation.Run);

        if (ExecutionContext.IsPublishMode)
        {
            Pipelines.Pipeline.ReadArguments(Configuration);
            _host.Logging.AddFilter("Microsoft.Hosting", LogLevel.None);
        }

        // Stopping is in order and takes as long as the slowest of each rank.
        Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(60));
        _host.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        _host.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        _host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        Services.AddHttpClient();
        Services.AddSingleton(TimeProvider.System);
        Services.AddSingleton((Pipeline)Pipeline);
        Services.AddSingleton(options);
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(_ => new DistributedApplicationModel(Resources));
        Services.AddSingleton<ResourceNotificationService>();
        Services.AddSingleton(services => new ResourceLoggerService(services.GetRequiredService<TimeProvider>()));
        Services.AddSingleton(services => new ResourceCommandService(
            services.GetRequiredService<ResourceNotificationService>(),
            services.GetRequiredService<ResourceLoggerService>(),
            services));
        Services.AddSingleton(services => new HostFolders(this, services.GetRequiredService<OrphanGuard>()));
        Services.AddSingleton<Ports>();
        Services.AddSingleton<OrphanGuard>();
        Services.AddSingleton<ResourceLauncher>();
        Services.AddSingleton<HealthMonitor>();
        Services.AddSingleton<ParameterStates>();
        Services.AddSingleton<Orchestrator>();
        Services.AddHealthChecks();
        Services.Configure<HealthCheckServiceOptions>(HealthMonitor.Bound);

        hooks?.OnBuilderCreated(this);
        TestingHooks = hooks;
    }

    /// <inheritdoc />
    public ConfigurationManager Configuration => _host.Configuration;

    /// <inheritdoc />
    public string AppHostDirectory { get; }

    /// <inheritdoc />
    public Assembly? AppHostAssembly { get; }

    /// <inheritdoc />
    public IHostEnvironment Environment => _host.Environment;

    /// <inheritdoc />
    public IServiceCollection Services => _host.Services;

    /// <inheritdoc />
    public DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <inheritdoc />
    public IDistributedApplicationPipeline Pipeline { get; } = new Pipeline();

    /// <inheritdoc />
    public IList<IResource> Resources { get; } = [];

    /// <summary>What takes over the building of an application in the current flow of control, if anything does.</summary>
    internal static ITestingHooks? Hooks
    {
        get => _hooks.Value;
        set => _hooks.Value = value;
    }

    private ITestingHooks? TestingHooks { get; }

    /// <inheritdoc />
    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        if (Resources.FirstOrDefault(r => string.Equals(r.Name, resource.Name, StringComparison.OrdinalIgnoreCase)) is { } same)
        {
            throw new DistributedApplicationException(
                $"Cannot add resource of type '{resource.GetType().Name}' with name '{resource.Name}': there is a "
                + $"'{same.GetType().Name}' of that name.");
        }

        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    /// <inheritdoc />
    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource =>
        new ResourceBuilder<T>(this, resource);

    /// <inheritdoc />
    public DistributedApplication Build()
    {
        TestingHooks?.OnBuilding();
        if (_options.EnableResourceLogging)
        {
            Services.AddHostedService<ResourceLogForwarder>();
        }

        if (ExecutionContext.IsRunMode)
        {
            Services.AddHostedService(services => services.GetRequiredService<Orchestrator>());
            if (!_options.DisableDashboard)
            {
                DashboardResource.Add(this);
            }
        }

        var application = new DistributedApplication(_host.Build(), TestingHooks);
        TestingHooks?.OnBuilt(application);
        return application;
    }

    internal static string? Metadata(Assembly? assembly, string key) =>
        assembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(m => string.Equals(m.Key, key, StringComparison.OrdinalIgnoreCase))?.Value;
}

/// <summary>How tests take over the building of an application.</summary>
internal interface ITestingHooks
{
    /// <summary>The builder is about to be made.</summary>
    void OnBuilderCreating(DistributedApplicationOptions options, HostApplicationBuilderSettings settings);

    /// <summary>The builder is made.</summary>
    void OnBuilderCreated(DistributedApplicationBuilder builder);

    /// <summary>The application is about to be made; returns when it may.</summary>
    void OnBuilding();

    /// <summary>The application is made.</summary>
    void OnBuilt(DistributedApplication application);
}
