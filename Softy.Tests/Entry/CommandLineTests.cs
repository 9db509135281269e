namespace Softy.Tests.Entry;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData]
    [InlineData("help")]
    [InlineData("--help")]
    public async Task Help_names_every_command_and_option(params string[] arguments)
    {
        using var machine = new PretendMachine();

        var outcome = await machine.RunAsync(arguments);

        outcome.ExitCode.ShouldBe(0);
        outcome.Error.ShouldBeEmpty();
        foreach (var word in new[] { "run", "test", "setup", "help", "--port N", "--replicas N", "--policy NAME", "--no-dashboard", "--compose", "--faults", "--soak", "publish", "--swarm", "--rotate-secrets", "bench", "--quick" })
        {
            outcome.Output.ShouldContain(word);
        }
    }

    [Theory]
    [InlineData("no command 'fly'", "fly")]
    [InlineData("does not know '--fly'", "run", "--fly")]
    [InlineData("does not know 'stray'", "run", "stray")]
    [InlineData("does not know '--no-dashboard=1'", "run", "--no-dashboard=1")]
    [InlineData("--port needs a value", "run", "--port")]
    [InlineData("--port is '0'", "run", "--port", "0")]
    [InlineData("--port is '65536'", "run", "--port=65536")]
    [InlineData("--port is 'http'", "run", "--port", "http")]
    [InlineData("--port is ''", "run", "--port=")]
    [InlineData("from 1 to 65535", "run", "--port", "-1")]
    [InlineData("--replicas is '0'", "run", "--replicas", "0")]
    [InlineData("--replicas is '101'", "run", "--replicas=101")]
    [InlineData("--replicas is '18446744073709551617'", "run", "--replicas", "18446744073709551617")]
    [InlineData("from 1 to 100", "run", "--replicas", "3.5")]
    [InlineData("--policy is empty", "run", "--policy", "")]
    [InlineData("does not know '--fly'", "publish", "--fly")]
    [InlineData("got 'one' and 'two'", "publish", "one", "two")]
    [InlineData("is empty", "publish", "")]
    [InlineData("does not know 'all'", "setup", "all")]
    [InlineData("does not know '--slow'", "bench", "--slow")]
    [InlineData("does not know '--quick more'", "bench", "--quick", "more")]
    [InlineData("--filter needs a value", "test", "--filter")]
    [InlineData("--soak is '0'", "test", "--soak=0")]
    [InlineData("from 1 to 1440", "test", "--soak=long")]
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
            "run", "--port", "09000", "--replicas=5", "--policy", "LeastRequests", "--no-dashboard", "--", "--A=b c", "--port", "x");

        outcome.ExitCode.ShouldBe(0);
        machine.Calls.ShouldHaveSingleItem().ShouldBe(
            "dotnet run --project Softy.AppHost -- --Gateway:Port=09000 --Replicas=5 --Gateway:Policy=LeastRequests"
            + " --Dashboard:Enabled=false --A=b c --port x");
    }

    [Fact]
    public async Task Run_without_options_passes_none()
    {
        using var machine = PretendMachine.WithEverything();

        await machine.RunAsync("run");

        machine.Calls.ShouldHaveSingleItem().ShouldBe("dotnet run --project Softy.AppHost --");
    }

    [Fact]
    public async Task Publish_turns_options_into_configuration_of_the_AppHost()
    {
        using var machine = PretendMachine.WithEverything();

        var outcome = await machine.RunAsync("publish", "/some where", "--swarm", "--rotate-secrets", "--", "--Replicas=5", "x y");

        outcome.ExitCode.ShouldBe(0);
        machine.Calls.ShouldHaveSingleItem().ShouldBe(
            "dotnet run --project Softy.AppHost -- --operation publish --step publish --output-path /some where"
            + " --Deployment:Target=Swarm --Deployment:RotateSecrets=true --Replicas=5 x y");
    }

    [Theory]
    [InlineData("deploy")]
    [InlineData("deploy/swarm", "--swarm")]
    public async Task Publish_has_a_folder_of_its_own(string expected, params string[] options)
    {
        using var machine = PretendMachine.WithEverything();

        await machine.RunAsync(["publish", .. options]);

        machine.Calls.ShouldHaveSingleItem().ShouldContain($" --output-path {Path.Combine(machine.Repository, expected)}");
    }

    [Fact]
    public async Task Test_passes_its_arguments_to_the_runner()
    {
        using var machine = PretendMachine.WithEverything();

        await machine.RunAsync("test", "--no-build", "--logger", "trx", "--", "RunConfiguration.MaxCpuCount=1", "--compose");

        machine.Calls.ShouldHaveSingleItem().ShouldBe(
            "dotnet test Softy.Tests --nologo --no-build --logger trx -- RunConfiguration.MaxCpuCount=1 --compose");
    }

    [Theory]
    [InlineData("--faults", "Softy.Tests.Faults.FaultTests")]
    [InlineData("--soak", "SoakTests")]
    [InlineData("--soak=10", "SoakTests")]
    public async Task Test_measures_one_test_after_the_other(string option, string filter)
    {
        using var machine = PretendMachine.WithEverything();

        await machine.RunAsync("test", option, "--no-build");

        var call = machine.Calls.ShouldHaveSingleItem();
        call.ShouldStartWith("dotnet test Softy.Tests --nologo --filter ");
        call.ShouldContain(filter);
        call.ShouldEndWith(" --no-build -- xUnit.MaxParallelThreads=1");
    }

    [Theory]
    [InlineData("run")]
    [InlineData("test")]
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

        var outcome = await machine.RunAsync(link, ["test"]);

        outcome.ExitCode.ShouldBe(0);
        machine.Calls.ShouldHaveSingleItem().ShouldStartWith("dotnet test");
    }
}
