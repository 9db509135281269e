namespace Softy.Tests.Entry;

public sealed class AspireSourceTests
{
    [Theory]
    [InlineData("docker")]
    [InlineData("podman")]
    public async Task Packages_and_a_container_runtime_make_it_nuget_which_needs_nothing_else(string runtime)
    {
        using var machine = new PretendMachine().AddSdk().AddBrowser().AddAspirePackages().Add(runtime);

        var outcome = await machine.RunAsync("setup");

        outcome.ExitCode.ShouldBe(0);
        outcome.ErrorLines.ShouldHaveSingleItem().ShouldStartWith("softy: AspireSource=nuget");
        machine.Calls.ShouldHaveSingleItem().ShouldBe($"{runtime} info");
    }

    [Fact]
    public async Task Without_a_container_runtime_the_feed_is_not_asked()
    {
        using var machine = PretendMachine.WithEverything().AddAspirePackages().Add("docker", "exit 1");

        var outcome = await machine.RunAsync("setup");

        outcome.Error.ShouldStartWith("softy: AspireSource=embedded (neither Docker nor Podman answers)");
        machine.Calls.ShouldHaveSingleItem().ShouldBe("docker info");
    }

    [Fact]
    public async Task A_feed_that_has_the_packages_makes_it_nuget()
    {
        using var machine = new PretendMachine().AddSdk().AddBrowser().Add("docker");

        var outcome = await machine.RunAsync("setup");

        outcome.ExitCode.ShouldBe(0);
        outcome.Error.ShouldContain("softy: AspireSource=nuget");
        machine.Calls.ShouldContain(call => call.StartsWith("dotnet restore ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_feed_that_refuses_is_not_asked_again_at_once()
    {
        // The throw-away project comes out in the log, which is kept.
        using var machine = PretendMachine.WithEverything().Add("docker").AddSdk(body: "cat \"$2\"; exit 1");

        var first = await machine.RunAsync("setup");
        var second = await machine.RunAsync("setup");

        foreach (var outcome in new[] { first, second })
        {
            outcome.ExitCode.ShouldBe(0);
            outcome.Error.ShouldContain($"softy: AspireSource=embedded (the NuGet feed does not give Aspire {Sources.AspireVersion})");
        }

        machine.Calls.Where(call => call.StartsWith("dotnet ", StringComparison.Ordinal))
            .ShouldHaveSingleItem().ShouldStartWith("dotnet restore ");
        var project = await File.ReadAllTextAsync(
            Path.Combine(machine.Repository, $".softy/aspire-{Sources.AspireVersion}-refused"), TestContext.Current.CancellationToken);
        foreach (var package in new[] { "Download Include=\"Aspire.AppHost.Sdk", "Reference Include=\"Aspire.Hosting.AppHost", "Reference Include=\"Aspire.Npgsql" })
        {
            project.ShouldContain($"<Package{package}\" Version=\"[{Sources.AspireVersion}]\" />");
        }
    }

    [Theory]
    [InlineData("nuget")]
    [InlineData("embedded")]
    public async Task The_environment_decides_without_any_question(string source)
    {
        using var machine = PretendMachine.WithEverything().Add("docker").Set("AspireSource", source);

        var outcome = await machine.RunAsync("setup");

        outcome.ErrorLines.ShouldHaveSingleItem().ShouldStartWith($"softy: AspireSource={source} ");
        machine.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unknown_source_is_an_error()
    {
        using var machine = PretendMachine.WithEverything().Set("AspireSource", "docker");

        var outcome = await machine.RunAsync("run");

        outcome.ExitCode.ShouldBe(1);
        outcome.ErrorLines.ShouldHaveSingleItem().ShouldContain("AspireSource is 'docker'; it must be 'nuget', 'embedded' or unset");
        machine.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_source_reaches_dotnet()
    {
        using var machine = PretendMachine.WithEverything().AddSdk(body: "echo $AspireSource");

        (await machine.RunAsync("run")).Output.ShouldBe("embedded\n");
    }
}
