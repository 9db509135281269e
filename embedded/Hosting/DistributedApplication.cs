using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>An application. Stands for Aspire's class of that name.</summary>
public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly ITestingHooks? _hooks;
    private bool _disposed;

    internal DistributedApplication(IHost host, ITestingHooks? hooks)
    {
        _host = host;
        _hooks = hooks;
    }

    /// <inheritdoc />
    public IServiceProvider Services => _host.Services;

    /// <summary>The states of the resources.</summary>
    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    /// <summary>Gives commands to resources.</summary>
    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    /// <summary>Starts to build an application.</summary>
    /// <returns>The builder.</returns>
    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    /// <summary>Starts to build an application.</summary>
    /// <param name="args">The command line arguments.</param>
    /// <returns>The builder.</returns>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    /// <summary>Starts to build an application.</summary>
    /// <param name="options">How it is built.</param>
    /// <returns>The builder.</returns>
    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) =>
        new DistributedApplicationBuilder(options);

    /// <summary>Runs the application until it is told to stop.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>Runs the application until it is told to stop.</summary>
    /// <param name="cancellationToken">Tells it to stop.</param>
    /// <returns>Completes when it has stopped.</returns>
    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var lifetime = Services.GetRequiredService<IHostApplicationLifetime>();
        if (_hooks is not null)
        {
            // A test starts and stops the application; the AppHost's own thread has nothing left to do.
            return;
        }

        var logger = Services.GetRequiredService<ILoggerFactory>().CreateLogger<DistributedApplication>();
        await using (this)
        {
            try
            {
                if (Services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode)
                {
                    await PublishAsync(logger, cancellationToken);
                    return;
                }

                await StartAsync(cancellationToken);
            }
            catch (DistributedApplicationException e)
            {
                // Said in words that a user can act on: a stack trace would only hide them.
                Log.CannotStart(logger, e.Message);
                Environment.ExitCode = 1;
                return;
            }

            Log.Started(logger);
            await _host.WaitForShutdownAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public virtual Task StartAsync(CancellationToken cancellationToken = default) => _host.StartAsync(cancellationToken);

    /// <inheritdoc />
    public virtual Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    /// <inheritdoc />
    public virtual void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc />
    public virtual async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;

        // A host that is disposed of without a stop would leave the processes to the guard.
        if (Services.GetRequiredService<IHostApplicationLifetime>() is { ApplicationStarted.IsCancellationRequested: true, ApplicationStopped.IsCancellationRequested: false })
        {
            await StopAsync(CancellationToken.None);
        }

        await ((IAsyncDisposable)_host).DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private async Task PublishAsync(ILogger logger, CancellationToken cancellationToken)
    {
        var configuration = Services.GetRequiredService<IConfiguration>();
        await Services.GetRequiredService<Pipeline>().ExecuteAsync(
            configuration["step"] ?? WellKnownPipelineSteps.Publish,
            new PipelineStepContext
            {
                Model = Services.GetRequiredService<DistributedApplicationModel>(),
                ExecutionContext = Services.GetRequiredService<DistributedApplicationExecutionContext>(),
                Services = Services,
                Logger = logger,
                CancellationToken = cancellationToken,
            });
        Log.Published(logger, configuration[Pipeline.OutputPathKey]);
    }
}

internal static partial class Log
{
    [LoggerMessage(0, LogLevel.Information, "Distributed application started. Press Ctrl+C to shut down.")]
    public static partial void Started(ILogger logger);

    [LoggerMessage(1, LogLevel.Critical, "The application cannot start. {Reason}")]
    public static partial void CannotStart(ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Information, "Published to {OutputPath}.")]
    public static partial void Published(ILogger logger, string? outputPath);
}
