using System.Diagnostics;
using System.Globalization;
using Softy.Tests.Application;

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

    private async Task SignalAsync(string resource, string signal, string dockerCommand, CancellationToken cancellationToken)
    {
        var snapshot = await RunningAsync(resource, cancellationToken);
        var (program, arguments) = snapshot.ProcessId() is { } id
            ? ("kill", [$"-{signal}", .. WithChildren(id)])
            : ("docker", new List<string> { dockerCommand, ContainerId(snapshot) });
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync(cancellationToken);
        process.ExitCode.ShouldBe(0);
    }

    /// <summary>A process and its children, such as the processes that PostgreSQL has for its connections.</summary>
    private static IEnumerable<string> WithChildren(int pid)
    {
        var id = pid.ToString(CultureInfo.InvariantCulture);
        return File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Prepend(id);
    }

    private static string ContainerId(CustomResourceSnapshot snapshot) =>
        snapshot.Properties.Single(property => property.Name == "container.id").Value!.ToString()!;

    private async Task<CustomResourceSnapshot> RunningAsync(string resource, CancellationToken cancellationToken)
    {
        var running = await App.ResourceNotifications.WaitForResourceAsync(
            resource, change => change.Snapshot.State?.Text == KnownResourceStates.Running, cancellationToken);
        return running.Snapshot;
    }
}
