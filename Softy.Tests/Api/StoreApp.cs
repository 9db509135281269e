using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Softy.Tests.Application;
using Softy.Tests.Compose;
using Softy.Tests.Faults;

namespace Softy.Tests.Api;

/// <summary>An application whose resources tests kill, freeze and start again.</summary>
public class StoreApp : SoftyApp
{
    public StoreApp() { }

    protected StoreApp(params string[] args)
        : base(args) { }

    /// <inheritdoc />
    protected override TimeSpan StoreTimeout => TimeSpan.FromSeconds(4);

    /// <summary>Kills a resource, and waits until it has ended.</summary>
    public async Task KillAsync(string resource, CancellationToken cancellationToken)
    {
        var snapshot = await RunningAsync(resource, cancellationToken);
        if (snapshot.StartedProcessId() is not null)
        {
            using var process = Process.GetProcessById(await ServerAsync(resource));
            process.Kill();
            await process.WaitForExitAsync(cancellationToken);
        }
        else
        {
            await Command.RunAsync("docker", ["kill", "--signal=KILL", ContainerId(snapshot)]);
        }

        await App.ResourceNotifications.WaitForResourceAsync(
            resource,
            KnownResourceStates.TerminalStates,
            cancellationToken
        );
    }

    /// <summary>Freezes a resource: it keeps its connections and accepts new ones, but answers nothing.</summary>
    public Task FreezeAsync(string resource, CancellationToken cancellationToken) =>
        SignalAsync(resource, "STOP", "pause", cancellationToken);

    /// <summary>Lets a frozen resource continue, also when the test is cancelled.</summary>
    public async Task ThawAsync(string resource)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await SignalAsync(resource, "CONT", "unpause", patience.Token);
    }

    /// <summary>Starts a resource again, and waits until it is healthy.</summary>
    public async Task StartAsync(string resource, CancellationToken cancellationToken)
    {
        await CommandAsync(resource, KnownResourceCommands.StartCommand, cancellationToken);
        await WaitUntilHealthyAsync(resource, cancellationToken);
    }

    /// <summary>Whether every replica has reconnected to its stores, which each does on its own.</summary>
    public async Task<bool> HaveReplicasStoresAsync(CancellationToken cancellationToken)
    {
        foreach (var replica in FaultRun.Replicas)
        {
            using var client = App.CreateHttpClient(replica, "http");
            var health = await client.GetFromJsonAsync<JsonElement>("/health", cancellationToken);
            if (health.GetProperty("status").GetString() != "Healthy")
            {
                return false;
            }
        }

        return true;
    }

    private async Task SignalAsync(
        string resource,
        string signal,
        string dockerCommand,
        CancellationToken cancellationToken
    )
    {
        var snapshot = await RunningAsync(resource, cancellationToken);
        if (snapshot.StartedProcessId() is null)
        {
            await Command.RunAsync("docker", [dockerCommand, ContainerId(snapshot)]);
            return;
        }

        await ProcessTree.SignalAsync(await ServerAsync(resource), signal);
    }

    /// <summary>
    /// The process of a resource. It waits for the process, because the script of a store may not have started it yet.
    /// </summary>
    private async Task<int> ServerAsync(string resource)
    {
        int? id = null;
        await Eventually.Async(
            () =>
                App.ResourceNotifications.TryGetCurrentState(resource, out var state)
                && (id = state.Snapshot.ProcessId()) is not null,
            $"{resource} has a process"
        );
        return id!.Value;
    }

    private static string ContainerId(CustomResourceSnapshot snapshot) =>
        snapshot.Properties.Single(property => property.Name == "container.id").Value!.ToString()!;

    private async Task<CustomResourceSnapshot> RunningAsync(string resource, CancellationToken cancellationToken)
    {
        var running = await App.ResourceNotifications.WaitForResourceAsync(
            resource,
            change => change.Snapshot.State?.Text == KnownResourceStates.Running,
            cancellationToken
        );
        return running.Snapshot;
    }
}
