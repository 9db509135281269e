using System.Collections.Immutable;
using Aspire.Hosting.Processes;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>Starts, watches and stops one resource.</summary>
internal sealed partial class ResourceRunner(
    IResource resource,
    ResourceLauncher launcher,
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    HealthMonitor health,
    OrphanGuard guard,
    TimeProvider time,
    ILogger<ResourceRunner> logger) : IDisposable
{
    private static readonly TimeSpan _gracePeriod = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _firstReminder = TimeSpan.FromSeconds(10);

    // Commands come one after another; a stop cuts a start short that is still waiting.
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private CancellationTokenSource _starting = new();
    private ChildProcess? _process;
    private Task _watch = Task.CompletedTask;
    private bool _stopping;
    private bool _shutDown;

    public IResource Resource { get; } = resource;

    private string Name => Resource.Name;

    /// <summary>Makes the resource known, with its commands.</summary>
    public Task InitializeAsync()
    {
        if (ResourceLauncher.IsProcess(Resource))
        {
            AddCommands();
        }

        return PublishAsync(snapshot => snapshot with
        {
            ResourceType = TypeName(Resource),
            CreationTimeStamp = Now(),
            State = KnownResourceStates.NotStarted,
            Urls = Urls(),
            Volumes =
            [
                .. Resource.Annotations.OfType<ContainerMountAnnotation>()
                    .Select(m => new VolumeSnapshot(m.Source, m.Target, m.Type == ContainerMountType.Volume ? "volume" : "bind", m.IsReadOnly)),
            ],
            Relationships =
            [
                .. Resource.Annotations.OfType<ResourceRelationshipAnnotation>()
                    .Select(r => new RelationshipSnapshot(r.Resource.Name, r.Type)).Distinct(),
            ],
        });
    }

    /// <summary>Starts the resource when what it waits for is there.</summary>
    public async Task<ExecuteCommandResult> StartAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_shutDown || _process is { Exited.IsCompleted: false })
            {
                return CommandResults.Failure($"'{Name}' {(_shutDown ? "is shutting down" : "runs already")}.");
            }

            using var starting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            lock (_lock)
            {
                _starting = starting;
                _stopping = false;
            }

            return await StartInTurnAsync(starting.Token);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Stops the resource, or gives up a start that is under way.</summary>
    public async Task<ExecuteCommandResult> StopAsync()
    {
        lock (_lock)
        {
            _stopping = true;
            try
            {
                _starting.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // No start is under way.
            }
        }

        await _turn.WaitAsync();
        try
        {
            if (_process is not { Exited.IsCompleted: false } process)
            {
                return CommandResults.Failure($"'{Name}' does not run.");
            }

            lock (_lock)
            {
                _stopping = true;
            }

            await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Stopping });
            await process.StopAsync(_gracePeriod);
            await _watch;
            return CommandResults.Success();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Stops the resource for good.</summary>
    public async Task ShutDownAsync()
    {
        _shutDown = true;
        await StopAsync();
        await _watch;
    }

    public void Dispose()
    {
        _turn.Dispose();
        _process?.Dispose();
    }

    private static string TypeName(IResource resource) => resource switch
    {
        ProjectResource => "Project",
        ExecutableResource => "Executable",
        ContainerResource => "Container",
        _ => resource.GetType().Name.Replace("Resource", string.Empty, StringComparison.Ordinal),
    };

    private static ResourceStateSnapshot State(string state, string style) => new(state, style);

    private async Task<ExecuteCommandResult> StartInTurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WaitForDependenciesAsync(cancellationToken);
            await PublishAsync(snapshot => snapshot with
            {
                State = State(KnownResourceStates.Starting, KnownResourceStateStyles.Info),
                ExitCode = null,
                StopTimeStamp = null,
            });

            if (ResourceLauncher.IsProcess(Resource))
            {
                await LaunchAsync(cancellationToken);
            }
            else
            {
                await ActivateAsync(cancellationToken);
            }

            return CommandResults.Success();
        }
        catch (OperationCanceledException)
        {
            await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.NotStarted });
            return CommandResults.Canceled();
        }
        catch (Exception e)
        {
            logs.Write(Name, $"Failed to start: {e.Message}", isError: true);
            LogFailedToStart(logger, Name, e.Message);
            await PublishAsync(snapshot => snapshot with
            {
                State = State(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
                StopTimeStamp = Now(),
            });
            return CommandResults.Failure(e.Message);
        }
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        // The run before this one may have ended, and not let go of its volume yet.
        await _watch;
        var plan = await launcher.PlanAsync(Resource, cancellationToken);
        ChildProcess process;
        try
        {
            process = ChildProcess.Start(plan.Process, guard, (line, isError) => logs.Write(Name, line, isError));
        }
        catch
        {
            plan.Held?.Dispose();
            throw;
        }

        _process?.Dispose();
        _process = process;

        await PublishAsync(snapshot => snapshot with
        {
            State = State(KnownResourceStates.Running, KnownResourceStateStyles.Success),
            StartTimeStamp = Now(),
            HealthReports = PendingReports(),
            ResourceReady = null,
            EnvironmentVariables =
            [
                .. plan.Variables.Select(variable => new EnvironmentVariableSnapshot(variable.Key, variable.Value, IsFromSpec: true)),
            ],
            Properties = Properties(plan, process.Id),
        });
        _watch = WatchAsync(process, plan);
    }

    private async Task WatchAsync(ChildProcess process, LaunchPlan plan)
    {
        using var ended = new CancellationTokenSource();
        var monitor = health.WatchAsync(Resource, ended.Token);

        var code = await process.Exited;
        await ended.CancelAsync();
        await monitor;
        plan.Held?.Dispose();

        // The end of the process is told last: whoever waits for it finds everything settled.
        var wasReady = notifications.TryGetCurrentState(Name, out var last) && last.Snapshot.ResourceReady is not null;
        var unexpected = !_stopping && code != 0;
        if (unexpected)
        {
            LogEnded(logger, Name, code, wasReady ? "ended" : "ended before it was ready", LastLines());
        }

        await PublishAsync(snapshot => snapshot with
        {
            State = _stopping || code != 0
                ? State(KnownResourceStates.Exited, unexpected ? KnownResourceStateStyles.Error : KnownResourceStateStyles.Info)
                : State(KnownResourceStates.Finished, KnownResourceStateStyles.Success),
            ExitCode = code,
            StopTimeStamp = Now(),
            ResourceReady = null,
            HealthReports = [],
        });
    }

    private async Task ActivateAsync(CancellationToken cancellationToken)
    {
        if (Resource is PostgresDatabaseResource database)
        {
            await notifications.WaitForResourceHealthyAsync(database.Parent.Name, cancellationToken);
            await PostgresLauncher.CreateDatabaseAsync(database, cancellationToken);
        }

        await PublishAsync(snapshot => snapshot with
        {
            State = State(KnownResourceStates.Running, KnownResourceStateStyles.Success),
            StartTimeStamp = Now(),
            HealthReports = PendingReports(),
        });
        _watch = WatchUntilShutDownAsync();
    }

    private async Task WatchUntilShutDownAsync()
    {
        using var ended = new CancellationTokenSource();
        var monitor = health.WatchAsync(Resource, ended.Token);
        while (!_shutDown && !monitor.IsCompleted)
        {
            await Task.WhenAny(monitor, Task.Delay(TimeSpan.FromMilliseconds(50), time));
        }

        await ended.CancelAsync();
        await monitor;
    }

    private async Task WaitForDependenciesAsync(CancellationToken cancellationToken)
    {
        var waits = Resource.Annotations.OfType<WaitAnnotation>().ToArray();
        if (waits.Length == 0)
        {
            return;
        }

        await PublishAsync(snapshot => snapshot with { State = KnownResourceStates.Waiting });
        await Task.WhenAll(waits.Select(wait => WaitAsync(wait, cancellationToken)));
    }

    private async Task WaitAsync(WaitAnnotation wait, CancellationToken cancellationToken)
    {
        var other = wait.Resource.Name;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reminder = RemindAsync(other, ended.Token);
        try
        {
            switch (wait.WaitType)
            {
                case WaitType.WaitUntilHealthy:
                    await notifications.WaitForResourceHealthyAsync(
                        other, wait.WaitBehavior ?? WaitBehavior.WaitOnResourceUnavailable, cancellationToken);
                    break;
                case WaitType.WaitUntilStarted:
                    await notifications.WaitForResourceAsync(other, KnownResourceStates.Running, cancellationToken);
                    break;
                default:
                    var end = await notifications.WaitForResourceAsync(
                        other, e => ResourceNotificationService.IsUnavailable(e.Snapshot), cancellationToken);
                    if (end.Snapshot.ExitCode != wait.ExitCode)
                    {
                        throw new DistributedApplicationException(
                            $"'{other}' did not do its work: its state is '{end.Snapshot.State?.Text}'"
                            + $"{ResourceNotificationService.DescribeExitCode(end.Snapshot)}.");
                    }

                    break;
            }
        }
        finally
        {
            await ended.CancelAsync();
            await reminder;
        }
    }

    // A wait has no end of its own, as in Aspire; but it must not be silent.
    private async Task RemindAsync(string other, CancellationToken ended)
    {
        for (var pause = _firstReminder; !ended.IsCancellationRequested; pause *= 2)
        {
            await Task.Delay(pause, time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!ended.IsCancellationRequested && notifications.TryGetCurrentState(other, out var state))
            {
                var description = Describe(state.Snapshot);
                logs.Write(Name, $"Still waiting for '{other}', which is {description}", isError: false);
                LogStillWaiting(logger, Name, other, description);
            }
        }
    }

    private static string Describe(CustomResourceSnapshot snapshot)
    {
        var reports = snapshot.HealthReports
            .Where(report => report.Status != Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy)
            .Select(report => $" {report.Name}: {report.Description ?? report.ExceptionText ?? "no answer yet"}.");
        return $"{snapshot.State?.Text}{ResourceNotificationService.DescribeExitCode(snapshot)}.{string.Concat(reports)}";
    }

    private void AddCommands()
    {
        Add(KnownResourceCommands.StartCommand, "Start", "Start the resource.", "Play", static state =>
            KnownResourceStates.TerminalStates.Contains(state) || state == KnownResourceStates.NotStarted
                ? ResourceCommandState.Enabled
                : ResourceCommandState.Hidden,
            context => StartAsync(context.CancellationToken));
        Add(KnownResourceCommands.StopCommand, "Stop", "Stop the resource.", "Stop", static state =>
            state == KnownResourceStates.Running ? ResourceCommandState.Enabled
            : state == KnownResourceStates.Stopping ? ResourceCommandState.Disabled
            : ResourceCommandState.Hidden,
            _ => StopAsync());
        Add(KnownResourceCommands.RestartCommand, "Restart", "Stop the resource and start it again.", "ArrowCounterclockwise", static state =>
            state == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
            RestartAsync);

        void Add(
            string name,
            string displayName,
            string description,
            string icon,
            Func<string, ResourceCommandState> enabled,
            Func<ExecuteCommandContext, Task<ExecuteCommandResult>> execute) =>
            Resource.Annotations.Add(new ResourceCommandAnnotation(
                name,
                displayName,
                snapshot => enabled(snapshot.State?.Text ?? string.Empty),
                execute,
                new CommandOptions { Description = description, IconName = icon, IsHighlighted = true }));
    }

    private async Task<ExecuteCommandResult> RestartAsync(ExecuteCommandContext context)
    {
        var stopped = await StopAsync();
        return stopped.Success ? await StartAsync(context.CancellationToken) : stopped;
    }

    private Task PublishAsync(Func<CustomResourceSnapshot, CustomResourceSnapshot> change) =>
        notifications.PublishUpdateAsync(Resource, snapshot =>
        {
            var next = change(snapshot);
            return next with
            {
                Commands = [.. Resource.Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Describe(next))],
            };
        });

    private ImmutableArray<HealthReportSnapshot> PendingReports() =>
        [.. Resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => new HealthReportSnapshot(check.Key, null, null, null))];

    private ImmutableArray<UrlSnapshot> Urls() =>
    [
        .. Resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint =>
        {
            var url = new ResourceUrlAnnotation { Url = endpoint.AllocatedEndpoint!.UriString };
            foreach (var callback in Resource.Annotations.OfType<UrlCallback>().Where(c => c.EndpointName == endpoint.Name))
            {
                callback.Callback(url);
            }

            return new UrlSnapshot(endpoint.Name, url.Url, IsInternal: false)
            {
                DisplayProperties = new UrlDisplayPropertiesSnapshot(url.DisplayText ?? string.Empty, url.DisplayOrder ?? 0),
            };
        }),
    ];

    private static ImmutableArray<ResourcePropertySnapshot> Properties(LaunchPlan plan, int pid)
    {
        ImmutableArray<ResourcePropertySnapshot> properties =
        [
            new("executable.path", plan.Process.FileName),
            new("executable.workDir", plan.Process.WorkingDirectory),
            new("executable.args", plan.Process.Arguments.ToImmutableArray()),
            new("executable.pid", pid),
        ];
        return plan.ProjectPath is null ? properties : properties.Add(new("project.path", plan.ProjectPath));
    }

    private string LastLines() => string.Concat(
        logs.Last(Name, 20).Select(line => $"{Environment.NewLine}    {ResourceLoggerService.WithoutTime(line)}"));

    private DateTime Now() => time.GetUtcNow().UtcDateTime;

    [LoggerMessage(LogLevel.Error, "'{Resource}' failed to start. {Reason}")]
    private static partial void LogFailedToStart(ILogger logger, string resource, string reason);

    [LoggerMessage(LogLevel.Error, "'{Resource}' {What}, with exit code {Code}. Its last lines:{Lines}")]
    private static partial void LogEnded(ILogger logger, string resource, int code, string what, string lines);

    [LoggerMessage(LogLevel.Warning, "'{Resource}' still waits for '{Other}', which is {State}")]
    private static partial void LogStillWaiting(ILogger logger, string resource, string other, string state);
}
