#pragma warning disable ASPIREINTERACTION001 // Aspire may still change how commands are given arguments.

using System.Net.Http.Json;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Application;

/// <summary>The gateway's own commands, as the dashboard and <c>aspire resource gateway …</c> give them.</summary>
public sealed class GatewayCommandTests(SharedApp softy) : SharedTest(softy)
{
    private const string CountCommand = "send-100";
    private const string PolicyCommand = "change-policy";

    [Fact]
    public async Task A_hundred_requests_are_counted_per_replica()
    {
        await Softy.WaitUntilAllTakeTurnsAsync(SharedApp.Replicas, Cancellation);

        var result = await App.ResourceCommands.ExecuteCommandAsync("gateway", CountCommand, Cancellation);

        result.Success.ShouldBeTrue(result.Message);
        var counts = result.Message!.Split(", ").Select(part => part.Split(": ")).ToArray();
        counts.Select(count => count[0]).ShouldBe(["api-1", "api-2", "api-3"]);
        counts.Select(count => count[1]).Order().ShouldBe(["33", "33", "34"]);
        result.Data!.Format.ShouldBe(CommandResultFormat.Markdown);
        result.Data.Value.ShouldContain("| api-2 | 3");
    }

    [Fact]
    public async Task The_policy_changes_while_the_gateway_runs()
    {
        using var client = Softy.CreateGatewayClient();
        (await PolicyAsync()).ShouldBe("RoundRobin");
        try
        {
            (await ChangeAsync("First")).Success.ShouldBeTrue();
            await Eventually.Async(
                async () => await PolicyAsync() == "First",
                "the gateway has the policy",
                TimeSpan.FromSeconds(30)
            );
        }
        finally
        {
            (await ChangeAsync("RoundRobin")).Success.ShouldBeTrue();
        }

        await Eventually.Async(async () => await PolicyAsync() == "RoundRobin", "the gateway has its policy again");

        async Task<string> PolicyAsync() =>
            (await client.GetFromJsonAsync<GatewayStatus>("/gateway/status", Cancellation))!.Policy;
    }

    [Fact]
    public async Task A_policy_that_there_is_not_is_refused()
    {
        var result = await ChangeAsync("Fastest");

        // Aspire itself refuses what is not among the choices.
        result.Success.ShouldBeFalse();
        result.Message.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Commands_cannot_be_given_while_the_gateway_is_stopped()
    {
        await Softy.CommandAsync("gateway", KnownResourceCommands.StopCommand, Cancellation);
        await App.ResourceNotifications.WaitForResourceAsync(
            "gateway",
            change =>
                change
                    .Snapshot.Commands.Where(command => command.Name is CountCommand or PolicyCommand)
                    .All(command => command.State == ResourceCommandState.Disabled),
            Cancellation
        );

        await Softy.StartAsync("gateway", Cancellation);
        await Softy.WaitUntilAllTakeTurnsAsync(SharedApp.Replicas, Cancellation);
    }

    private Task<ExecuteCommandResult> ChangeAsync(string policy) =>
        App.ResourceCommands.ExecuteCommandAsync(
            "gateway",
            PolicyCommand,
            new InteractionInputCollection([
                new InteractionInput
                {
                    Name = "policy",
                    InputType = InputType.Choice,
                    Value = policy,
                },
            ]),
            Cancellation
        );
}
