namespace Softy.Tests.Embedded;

/// <summary>Parameters are resources that have a value, or say that they have none.</summary>
public sealed class ParameterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_parameter_runs_and_has_its_value(bool secret)
    {
        var builder = DistributedApplicationTestingBuilder.Create("--Parameters:colour=green");
        builder.AddParameter("colour", secret);
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);

        var colour = (await app.ResourceNotifications.WaitForResourceHealthyAsync("colour", Cancellation)).Snapshot;

        colour.ResourceType.ShouldBe("Parameter");
        var value = colour.Properties.Single(property => property.Name == "Value");
        value.Value.ShouldBe("green");
        value.IsSensitive.ShouldBe(secret);
    }

    [Fact]
    public async Task A_parameter_without_a_value_says_so_and_holds_up_only_what_needs_it()
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        var missing = builder.AddParameter("colour");
        builder.AddExecutable("painter", "sleep", ".", "60").WithEnvironment("COLOUR", missing);
        builder.AddExecutable("sleeper", "sleep", ".", "60");
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);

        await app.ResourceNotifications.WaitForResourceAsync("painter", KnownResourceStates.FailedToStart, Cancellation);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("sleeper", Cancellation);
        app.ResourceNotifications.TryGetCurrentState("colour", out var colour).ShouldBeTrue();
        colour!.Snapshot.State!.Text.ShouldBe("Value missing");
        colour.Snapshot.State.Style.ShouldBe(KnownResourceStateStyles.Warn);
        colour.Snapshot.Properties.Single(property => property.Name == "Value").Value.ShouldBeOfType<string>().ShouldContain("Parameters:colour");
    }
}
