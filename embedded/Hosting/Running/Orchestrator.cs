using System.Globalization;
using Aspire.Hosting.Parameters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>Brings the resources up in order, and down in the order reversed.</summary>
internal sealed partial class Orchestrator : IHostedService, IAsyncDisposable
{
    private readonly DistributedApplicationModel _model;
    private readonly ParameterStates _parameters;
    private readonly Ports _ports;
    private readonly bool _randomizePorts;
    private readonly ILogger<Orchestrator> _logger;
    private readonly Dictionary<IResource, ResourceRunner> _runners = [];
    private bool _started;
    private Task? _stopped;

    public Orchestrator(
        DistributedApplicationModel model,
        ParameterStates parameters,
        Ports ports,
        IConfiguration configuration,
        IServiceProvider services,
        ILogger<Orchestrator> logger)
    {
        _model = model;
        _parameters = parameters;
        _ports = ports;
        _randomizePorts = configuration.GetValue<bool>("DcpPublisher:RandomizePorts");
        _logger = logger;
        foreach (var resource in model.Resources.Where(resource => resource is not ParameterResource))
        {
            _runners.Add(resource, ActivatorUtilities.CreateInstance<ResourceRunner>(services, resource));
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // All that can be known to be wrong is said before anything runs.
        if (!OperatingSystem.IsLinux())
        {
            throw new DistributedApplicationException(
                "The embedded host runs on Linux only. Elsewhere, build with -p:AspireSource=nuget.");
        }

        StartOrder.RefuseCircles(_model.Resources);
        foreach (var resource in _model.Resources)
        {
            ResourceLauncher.CheckPrerequisites(resource);
        }

        AllocateEndpoints();
        _started = true;

        await _parameters.PublishAsync();
        foreach (var runner in _runners.Values)
        {
            await runner.InitializeAsync();
        }

        foreach (var runner in _runners.Values.Where(r => !r.Resource.Annotations.OfType<ExplicitStartupAnnotation>().Any()))
        {
            _ = runner.StartAsync(CancellationToken.None);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => _stopped ??= _started ? StopAllAsync() : Task.CompletedTask;

    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    [LoggerMessage(LogLevel.Error, "Stopping '{Resource}' failed.")]
    private static partial void LogStopFailed(ILogger logger, string resource, Exception exception);

    private void AllocateEndpoints()
    {
        foreach (var resource in _model.Resources)
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                if (endpoint.AllocatedEndpoint is not null)
                {
                    continue;
                }

                var port = endpoint.Port is { } wanted && !_randomizePorts ? wanted : _ports.TakeFree();
                if (!Ports.IsFree(port))
                {
                    throw new DistributedApplicationException(
                        $"Port {port.ToString(CultureInfo.InvariantCulture)}, on which '{resource.Name}' is to listen, is taken. "
                        + "Stop what listens there (ss -ltnp shows it), or choose another port.");
                }

                endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", port);
            }
        }
    }

    private async Task StopAllAsync()
    {
        var stops = new Dictionary<IResource, Task>();
        await Task.WhenAll(_runners.Keys.Select(Stop).ToArray());

        Task Stop(IResource resource)
        {
            if (!stops.TryGetValue(resource, out var stop))
            {
                Task[] before = [.. StartOrder.EndBefore(resource, _runners.Keys).Select(Stop)];
                stops[resource] = stop = StopAfterAsync(resource, before);
            }

            return stop;
        }
    }

    private async Task StopAfterAsync(IResource resource, Task[] dependents)
    {
        await Task.WhenAll(dependents);
        try
        {
            await _runners[resource].ShutDownAsync();
        }
        catch (Exception e)
        {
            // One that cannot be stopped must not keep the others running.
            LogStopFailed(_logger, resource.Name, e);
        }
    }
}
