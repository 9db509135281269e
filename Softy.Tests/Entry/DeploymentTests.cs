namespace Softy.Tests.Entry;

/// <summary>When the tests of the deployment run, which need a Docker Engine.</summary>
public sealed class DeploymentTests
{
    private const string WithoutEngine = "no Docker Engine answers, and only root can start one";

    [Fact]
    public async Task Without_an_engine_the_others_run_and_one_line_says_so()
    {
        using var machine = PretendMachine.WithEverything();

        var outcome = await machine.RunAsync("test");

        outcome.ExitCode.ShouldBe(0);
        outcome.ErrorLines.Where(line => line.Contains("deployment", StringComparison.Ordinal))
            .ShouldHaveSingleItem().ShouldBe($"softy: going on without the tests of the deployment: {WithoutEngine}");
        machine.Calls.ShouldBe(["dotnet test Softy.Tests --nologo"]);
    }

    [Fact]
    public async Task Without_an_engine_it_is_an_error_to_ask_for_them()
    {
        using var machine = PretendMachine.WithEverything().Add("docker", "exit 1");

        var outcome = await machine.RunAsync("test", "--compose");

        outcome.ExitCode.ShouldBe(1);
        outcome.ErrorLines.ShouldHaveSingleItem().ShouldBe($"softy: the tests of the deployment cannot run: {WithoutEngine}.");
        machine.Calls.ShouldHaveSingleItem().ShouldStartWith("docker info ");
    }

    [Theory]
    [InlineData("--filter", "Name~Balancing")]
    [InlineData("--filter=Name~Balancing")]
    public async Task A_filter_says_what_runs_and_no_engine_is_asked_for(params string[] filter)
    {
        using var machine = WithEngine();

        var outcome = await machine.RunAsync(["test", .. filter, "--no-build"]);

        outcome.ExitCode.ShouldBe(0);
        machine.Calls.ShouldHaveSingleItem().ShouldBe(
            "dotnet test Softy.Tests --nologo --filter (Name~Balancing)&Needs!=Docker&Needs!=Swarm&Needs!=Root --no-build");
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(7, 0, 7)]
    [InlineData(0, 3, 3)]
    [InlineData(7, 3, 7)]
    public async Task With_an_engine_they_come_after_the_others_and_the_first_failure_is_the_outcome(int others, int deployment, int expected)
    {
        using var machine = WithEngine($"case \"$*\" in *Needs=Docker*) exit {deployment} ;; esac; exit {others}");

        var outcome = await machine.RunAsync("test", "--no-build");

        outcome.ExitCode.ShouldBe(expected);
        Tests(machine).ShouldBe(
        [
            "dotnet test Softy.Tests --nologo --no-build",
            "dotnet test Softy.Tests --nologo --filter Needs=Docker --no-build",
        ]);
    }

    [Fact]
    public async Task Without_root_one_line_says_that_no_disk_is_filled()
    {
        using var machine = PretendMachine.WithEverything();

        var outcome = await machine.RunAsync("test", "--faults");

        outcome.ErrorLines.ShouldContain("softy: going on without the tests of full disks: they mount a small one, which only root may");
        machine.Calls.ShouldHaveSingleItem().ShouldContain(")&Needs!=Root");
    }

    [Fact]
    public async Task They_can_be_asked_for_alone_with_those_on_a_swarm_and_with_a_filter()
    {
        using var machine = WithEngine();

        var outcome = await machine.RunAsync("test", "--filter", "A|B", "--compose");

        outcome.ExitCode.ShouldBe(0);
        Tests(machine).ShouldBe(
        [
            "dotnet test Softy.Tests --nologo --filter (A|B)&Needs=Docker",
            "dotnet test Softy.Tests --nologo --filter (A|B)&Needs=Swarm",
        ]);
    }

    [Fact]
    public async Task Images_that_can_be_had_neither_way_are_told_of()
    {
        using var machine = WithEngine().Add("docker", "[ $1 = info ] && echo 28 || [ $1 = compose ]").Remove("mktemp");

        var outcome = await machine.RunAsync("test");

        outcome.ExitCode.ShouldBe(0);
        outcome.ErrorLines[^1].ShouldBe(
            "softy: going on without the tests of the deployment: the images that the deployment is made of could neither be pulled nor built");
        Tests(machine).ShouldBe(["dotnet test Softy.Tests --nologo"]);
    }

    // An engine that has every image.
    private static PretendMachine WithEngine(string tests = "exit 0") =>
        PretendMachine.WithEverything().AddSdk(body: tests).Add("docker", "echo 28").Set("AspireSource", "embedded");

    private static string[] Tests(PretendMachine machine) =>
        [.. machine.Calls.Where(call => call.StartsWith("dotnet ", StringComparison.Ordinal))];
}
