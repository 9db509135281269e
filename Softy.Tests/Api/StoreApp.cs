using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Softy.Tests.Application;
using Softy.Tests.Faults;

namespace Softy.Tests.Api;

/// <summary>An application whose stores are killed and started again.</summary>
public class StoreApp : SoftyApp
{
    public StoreApp()
    {
    }

    protected StoreApp(params string[] args)
        : base(args)
    {
    }

    /// <inheritdoc />
    protected override TimeSpan StoreTimeout => TimeSpan.FromSeconds(4);

    /// <summary>Kills a store as a crash would, and waits until it is gone.</summary>
    public async Task KillAsync(string resource, CancellationToken cancellationToken)
    {
        var snapshot = await RunningAsync(resource, cancellationToken);
        if (snapshot.ProcessId() is { } id)
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            await process.WaitForExitAsync(cancellationToken);
        }
        else
        {
            // Where stores are containers.
            using var docker = Process.Start("docker", ["kill", "--signal=KILL", ContainerId(snapshot)]);
            await docker.WaitForExitAsync(cancellationToken);
            docker.ExitCode.ShouldBe(0);
        }

        await App.ResourceNotifications.WaitForResourceAsync(
            resource,
            change => KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text),
            cancellationToken);
    }

    /// <summary>Stops a store's clock: it keeps its connections, takes new ones, and answers nothing.</summary>
    public Task FreezeAsync(string resource, CancellationToken cancellationToken) =>
        SignalAsync(resource, "STOP", "pause", cancellationToken);

    /// <summary>Lets a frozen store go on.</summary>
    public Task ThawAsync(string resource, CancellationToken cancellationToken) =>
        SignalAsync(resource, "CONT", "unpause", cancellationToken);

    /// <summary>Starts a store again, and waits until it is healthy.</summary>
    public async Task StartAsync(string resource, CancellationToken cancellationToken)
    {
        await CommandAsync(resource, KnownResourceCommands.StartCommand, cancellationToken);
        await App.ResourceNotifications.WaitForResourceHealthyAsync(resource, cancellationToken);
    }

    /// <summary>Whether every replica has its stores again: each finds them by itself, and not all at the same moment.</summary>
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

    private async Task SignalAsync(string resource, string signal, string dockerCommand, CancellationToken cancellationToken)
    {
        var snapshot = await RunningAsync(resource, cancellationToken);
        if (snapshot.ProcessId() is not { } id)
        {
            (await RunAsync("docker", dockerCommand, ContainerId(snapshot))).ShouldBe(0);
            return;
        }

        // The parent first: once it is stopped, it has no more children than these, some of which may be ending.
        var parent = id.ToString(CultureInfo.InvariantCulture);
        (await RunAsync("kill", $"-{signal}", parent)).ShouldBe(0);
        var children = Children(parent);
        if (children.Length > 0 && await RunAsync("kill", [$"-{signal}", .. children]) != 0)
        {
            children.ShouldContain(child => !Directory.Exists($"/proc/{child}"));
        }

        async Task<int> RunAsync(string program, params string[] arguments)
        {
            using var process = Process.Start(program, arguments);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
    }

    /// <summary>The children of a process, such as those that PostgreSQL has for its connections.</summary>
    private static string[] Children(string id) =>
        File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string ContainerId(CustomResourceSnapshot snapshot) =>
        snapshot.Properties.Single(property => property.Name == "container.id").Value!.ToString()!;

    private async Task<CustomResourceSnapshot> RunningAsync(string resource, CancellationToken cancellationToken)
    {
        var running = await App.ResourceNotifications.WaitForResourceAsync(
            resource, change => change.Snapshot.State?.Text == KnownResourceStates.Running, cancellationToken);
        return running.Snapshot;
    }
}
