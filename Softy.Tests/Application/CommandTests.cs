using System.Diagnostics;
using System.Globalization;
using System.Net;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Softy.Tests.Faults;

namespace Softy.Tests.Application;

/// <summary>Every resource can be stopped, started and restarted while the others carry on.</summary>
public sealed class CommandTests(SharedApp softy) : SharedTest(softy)
{
    [Theory]
    [InlineData("api-3", "http")]
    [InlineData("web", "http")]
    [InlineData("gateway", "http")]
    [InlineData("redis", "tcp")]
    [InlineData("postgres", "tcp")]
    public async Task A_restarted_resource_is_another_process_on_the_same_port(string resource, string endpoint)
    {
        var address = App.GetEndpoint(resource, endpoint);
        var before = App.ProcessId(resource);

        await Softy.CommandAsync(resource, KnownResourceCommands.RestartCommand, Cancellation);
        await Softy.WaitUntilHealthyAsync(resource, Cancellation);

        App.ProcessId(resource).ShouldNotBe(before);
        App.GetEndpoint(resource, endpoint).ShouldBe(address);
        Directory.Exists($"/proc/{before}").ShouldBeFalse();
        await UntilAllIsWellAsync();
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("postgres")]
    public async Task A_stopped_store_has_no_process_and_comes_back_with_its_children(string store)
    {
        var script = ScriptOf(store);

        await Softy.CommandAsync(store, KnownResourceCommands.StopCommand, Cancellation);
        Directory.Exists($"/proc/{script}").ShouldBeFalse();
        if (store == "postgres")
        {
            await App.ResourceNotifications.WaitForResourceAsync("softydb", KnownResourceStates.Exited, Cancellation);
        }

        await Softy.StartAsync(store, Cancellation);
        await Softy.WaitUntilHealthyAsync("softydb", Cancellation);
        await UntilAllIsWellAsync();
    }

    // After a quick restart of the server, Aspire may report the stop, and no readiness after it.
    [Fact]
    public async Task A_database_comes_back_though_the_readiness_of_its_server_is_not_reported_again()
    {
        App.ResourceNotifications.TryGetCurrentState("postgres", out var server).ShouldBeTrue();
        var stopped = new ResourceStoppedEvent(server!.Resource, App.Services, server);

        await App.Services.GetRequiredService<IDistributedApplicationEventing>().PublishAsync(stopped, Cancellation);

        await Softy.WaitUntilHealthyAsync("softydb", Cancellation);
    }

    [Fact]
    public async Task PostgreSQL_that_was_killed_comes_back_on_its_port_with_the_data()
    {
        using var client = Softy.CreateGatewayClient();
        var written = new Written();
        await written.WriteAsync(client);
        var address = App.GetEndpoint("postgres", "tcp");

        await Softy.KillAsync("postgres", Cancellation);
        await Softy.StartAsync("postgres", Cancellation);

        App.GetEndpoint("postgres", "tcp").ShouldBe(address);
        await UntilAllIsWellAsync();
        await written.ShouldBeThereAsync(client);
    }

    // microsoft/aspire #6860. The orchestrator misses a stop that follows a start at once, and Aspire waits 17 seconds
    // for it, so the long form takes minutes.
    [Fact]
    public Task Of_many_commands_at_once_the_last_one_wins() =>
        TheLastOneWinsAsync("redis", commands: 4, TimeSpan.FromSeconds(0.4));

    [Theory]
    [Trait("Category", "Faults")]
    [InlineData("api-2")]
    [InlineData("redis")]
    public Task Of_fifty_commands_in_five_seconds_the_last_one_wins(string resource) =>
        TheLastOneWinsAsync(resource, commands: 50, TimeSpan.FromSeconds(5));

    // microsoft/aspire #10650 and #17201.
    [Fact]
    public async Task Resources_that_are_stopped_or_wait_hold_up_no_other_and_end_nothing()
    {
        await Softy.CommandAsync("redis", KnownResourceCommands.StopCommand, Cancellation);

        // It has to wait until Redis is there again. A replica that ran before would not always wait: Aspire takes a
        // late report about its last process for an order to start at once.
        var waits = App.ResourceCommands.ExecuteCommandAsync(
            SharedApp.UnusedSpare,
            KnownResourceCommands.StartCommand,
            Cancellation
        );
        await App.ResourceNotifications.WaitForResourceAsync(
            SharedApp.UnusedSpare,
            KnownResourceStates.Waiting,
            Cancellation
        );

        var watch = Stopwatch.StartNew();
        await Softy.CommandAsync("web", KnownResourceCommands.RestartCommand, Cancellation);
        await Softy.WaitUntilHealthyAsync("web", Cancellation);
        StateOf(SharedApp.UnusedSpare).ShouldBe(KnownResourceStates.Waiting);
        Output.WriteLine($"The web site restarted in {watch.Elapsed.TotalSeconds:F1} s meanwhile.");
        using (var client = Softy.CreateGatewayClient())
        {
            using var response = await client.GetAsync("/api/hello", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        await Softy.StartAsync("redis", Cancellation);
        (await waits).Success.ShouldBeTrue();
        await Softy.WaitUntilHealthyAsync(SharedApp.UnusedSpare, Cancellation);
        await Softy.CommandAsync(SharedApp.UnusedSpare, KnownResourceCommands.StopCommand, Cancellation);
        await UntilAllIsWellAsync();
    }

    [Fact]
    public async Task A_command_that_is_not_there_fails_and_says_so()
    {
        var unknownCommand = await App.ResourceCommands.ExecuteCommandAsync("api-1", "dance", Cancellation);
        unknownCommand.Success.ShouldBeFalse();
        unknownCommand.Message!.ShouldContain("dance");

        var unknownResource = await App.ResourceCommands.ExecuteCommandAsync("api-9", "stop", Cancellation);
        unknownResource.Success.ShouldBeFalse();
        unknownResource.Message!.ShouldContain("api-9");
    }

    private async Task TheLastOneWinsAsync(string resource, int commands, TimeSpan within)
    {
        var given = new List<Task<ExecuteCommandResult>>();
        for (var n = 0; n < commands; n++)
        {
            var command = n % 2 == 0 ? KnownResourceCommands.StopCommand : KnownResourceCommands.StartCommand;
            given.Add(App.ResourceCommands.ExecuteCommandAsync(resource, command, Cancellation));
            await Task.Delay(within / commands, Cancellation);
        }

        await Task.WhenAll(given);
        await Softy.WaitUntilHealthyAsync(resource, Cancellation);
        await UntilAllIsWellAsync();
        ShouldRunOnce(resource);
        Output.WriteLine($"{given.Count(task => task.Result.Success)} of {commands} commands were carried out.");

        await Softy.CommandAsync(resource, KnownResourceCommands.StopCommand, Cancellation);
        ProcessesOf(resource).ShouldBeEmpty();
        await Softy.StartAsync(resource, Cancellation);
        await UntilAllIsWellAsync();
    }

    private async Task UntilAllIsWellAsync()
    {
        foreach (var resource in FaultRun.Resources)
        {
            await Softy.WaitUntilHealthyAsync(resource, Cancellation);
        }

        await Softy.WaitUntilAllTakeTurnsAsync(SharedApp.Replicas, Cancellation);
        await Eventually.Async(() => Softy.HaveReplicasStoresAsync(Cancellation), "every replica has its stores");
    }

    private string StateOf(string resource)
    {
        App.ResourceNotifications.TryGetCurrentState(resource, out var state).ShouldBeTrue();
        return state!.Snapshot.State!.Text;
    }

    private int ScriptOf(string store)
    {
        App.ResourceNotifications.TryGetCurrentState(store, out var state).ShouldBeTrue();
        return state!.Snapshot.StartedProcessId()!.Value;
    }

    private void ShouldRunOnce(string resource)
    {
        var current = App.ProcessId(resource);
        ProcessesOf(resource).ShouldHaveSingleItem().Id.ShouldBe(current);
    }

    /// <summary>The processes that do the work of a resource, also those that nobody knows of any more.</summary>
    private List<ProcessEntry> ProcessesOf(string resource)
    {
        if (resource == "redis")
        {
            // The server shows where it listens.
            var port = string.Create(CultureInfo.InvariantCulture, $":{App.GetEndpoint(resource, "tcp").Port}");
            return
            [
                .. ProcessTable
                    .All()
                    .Where(process =>
                        process.Runs("-server ") && process.Command.TrimEnd().EndsWith(port, StringComparison.Ordinal)
                    ),
            ];
        }

        var address = App.GetEndpoint(resource, "http").ToString().TrimEnd('/');
        return [.. ProcessTable.With("ASPNETCORE_URLS", address)];
    }
}
