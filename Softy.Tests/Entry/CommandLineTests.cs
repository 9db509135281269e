namespace Softy.Tests.Entry;

/// <summary>How the entry script interprets its command line.</summary>
public sealed class CommandLineTests
{
    private static readonly string[] _words =
    [
        "run",
        "--port N",
        "--replicas N",
        "--policy NAME",
        "--stores KIND",
        "--no-dashboard",
        "test",
        "--compose",
        "--faults",
        "--soak",
        "publish",
        "--swarm",
        "--rotate-secrets",
        "bench",
        "--quick",
        "setup",
        "help",
    ];

    [Theory]
    [InlineData]
    [InlineData("help")]
    [InlineData("--help")]
    [InlineData("run", "--help")]
    [InlineData("run", "--port", "1", "-h")]
    [InlineData("test", "--faults", "--help")]
    public async Task Help_names_every_command_and_option_and_nothing_else_happens(params string[] arguments)
    {
        using var machine = new PretendMachine();

        var outcome = await machine.RunAsync(arguments);

        outcome.ExitCode.ShouldBe(0);
        outcome.Error.ShouldBeEmpty();
        foreach (var word in _words)
        {
            outcome.Output.ShouldContain(word);
        }

        machine.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("no command 'fly'", "fly")]
    [InlineData("does not know '--fly'", "run", "--fly")]
    [InlineData("does not know 'stray'", "run", "stray")]
    [InlineData("does not know '--no-dashboard=1'", "run", "--no-dashboard=1")]
    [InlineData("--port needs a value", "run", "--port")]
    [InlineData("--stores needs a value", "run", "--no-dashboard", "--stores")]
    [InlineData("does not know '--fly'", "publish", "--fly")]
    [InlineData("got 'one' and 'two'", "publish", "one", "two")]
    [InlineData("does not know ''", "publish", "")]
    [InlineData("does not know 'all'", "setup", "all")]
    [InlineData("does not know '--slow'", "bench", "--slow")]
    [InlineData("does not know 'more'", "bench", "--quick", "more")]
    [InlineData("--filter needs a value", "test", "--filter")]
    [InlineData("one of --compose, --faults, --native and --soak", "test", "--soak=5", "--no-build", "--faults")]
    public async Task A_wrong_command_line_is_one_clear_error(string expected, params string[] arguments)
    {
        using var machine = PretendMachine.WithEverything();

        var outcome = await machine.RunAsync(arguments);

        outcome.ExitCode.ShouldBe(2);
        outcome.Output.ShouldBeEmpty();
        outcome.ErrorLines.ShouldHaveSingleItem().ShouldStartWith("softy: ");
        outcome.Error.ShouldContain(expected);
        machine.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_turns_options_into_configuration_of_the_AppHost()
    {
        using var machine = PretendMachine.WithEverything();

        var outcome = await machine.RunAsync(
            "run",
            "--no-dashboard",
            "--port",
            "09000",
            "--replicas=5",
            "--policy",
            "LeastRequests",
            "--stores",
            "process",
            "--",
            "--A=b c",
            "--port",
            "x"
        );

        outcome.ExitCode.ShouldBe(0);
        outcome.Error.ShouldBeEmpty();
        machine
            .Calls.ShouldHaveSingleItem()
            .ShouldBe(
                "dotnet run --project Softy.AppHost -- --Dashboard:Enabled=false --Gateway:Port=09000 --Replicas=5"
                    + " --Gateway:Policy=LeastRequests --Stores=process --A=b c --port x"
            );
    }

    [Fact]
    public async Task Run_without_options_passes_none()
    {
        using var machine = PretendMachine.WithEverything();

        await machine.RunAsync("run");

        machine.Calls.ShouldHaveSingleItem().ShouldBe("dotnet run --project Softy.AppHost --");
    }

    [Theory]
    [InlineData("/some where", "--swarm", "--rotate-secrets")]
    [InlineData("--swarm", "/some where", "--rotate-secrets")]
    [InlineData("--swarm", "--rotate-secrets", "/some where")]
    public async Task Publish_turns_options_into_configuration_of_the_AppHost(params string[] options)
    {
        using var machine = PretendMachine.WithEverything();

        var outcome = await machine.RunAsync(["publish", .. options, "--", "--Replicas=5", "x y"]);

        outcome.ExitCode.ShouldBe(0);
        machine
            .Calls.ShouldHaveSingleItem()
            .ShouldBe(
                "dotnet run --project Softy.AppHost -- --operation publish --step publish --output-path /some where"
                    + " --Deployment:Target=Swarm --Deployment:RotateSecrets=true --Replicas=5 x y"
            );
    }

    [Theory]
    [InlineData("deploy")]
    [InlineData("deploy/swarm", "--swarm")]
    public async Task Publish_has_a_default_folder(string expected, params string[] options)
    {
        using var machine = PretendMachine.WithEverything();

        await machine.RunAsync(["publish", .. options]);

        var folder = Path.Combine(machine.Repository, expected);
        machine.Calls.ShouldHaveSingleItem().ShouldContain($" --output-path {folder}");
    }

    [Fact]
    public async Task A_relative_output_folder_starts_at_the_users_working_directory()
    {
        using var machine = PretendMachine.WithEverything();

        await machine.RunAsync("publish", "here");

        var folder = Path.Combine(machine.ElsewhereFolder, "here");
        machine.Calls.ShouldHaveSingleItem().ShouldEndWith($" --output-path {folder}");
    }

    [Theory]
    [InlineData("run")]
    [InlineData("publish")]
    public async Task The_script_becomes_dotnet_so_that_signals_and_exit_codes_are_its(string command)
    {
        using var machine = PretendMachine.WithEverything().AddSdk(body: "echo $$ $(readlink -f .); exit 7");

        var outcome = await machine.RunAsync(command);

        outcome.ExitCode.ShouldBe(7);
        outcome.Output.TrimEnd().ShouldBe($"{outcome.ProcessId} {machine.Repository}");
    }

    [Fact]
    public async Task A_symbolic_link_to_the_script_finds_the_repository()
    {
        using var machine = PretendMachine.WithEverything();
        var link = Path.Combine(machine.ElsewhereFolder, "softy");
        File.CreateSymbolicLink(link, Path.Combine(machine.Repository, "softy"));

        var outcome = await machine.RunAsync(link, ["run"]);

        outcome.ExitCode.ShouldBe(0);
        machine.Calls.ShouldHaveSingleItem().ShouldStartWith("dotnet run");
    }
}
