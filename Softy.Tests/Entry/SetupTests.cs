namespace Softy.Tests.Entry;

public sealed class SetupTests
{
    [Fact]
    public async Task A_prepared_machine_is_left_alone()
    {
        using var machine = PretendMachine.WithEverything().Add("npm", "exit 1").Add("apt-get", "exit 1").Add("sudo", "exit 1");

        var outcome = await machine.RunAsync("setup");

        outcome.ExitCode.ShouldBe(0);
        outcome.Output.ShouldBeEmpty();
        outcome.ErrorLines.ShouldHaveSingleItem().ShouldStartWith("softy: AspireSource=embedded");
        machine.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("setup")]
    [InlineData("run")]
    [InlineData("test")]
    public async Task Without_root_the_commands_are_printed(string command)
    {
        using var machine = PretendMachine.WithEverything().Remove("redis-server").Add("apt-get");

        var outcome = await machine.RunAsync(command);

        outcome.ExitCode.ShouldBe(1);
        outcome.Error.ShouldContain("missing: redis-server.");
        outcome.Error.ShouldContain("    apt-get update\n");
        outcome.Error.ShouldContain("    apt-get install -y --no-install-recommends redis-server\n");
        machine.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_benchmark_asks_for_what_it_compares_with()
    {
        using var machine = PretendMachine.WithEverything().Add("apt-get");

        var outcome = await machine.RunAsync("bench", "--quick");

        outcome.ExitCode.ShouldBe(1);
        outcome.Error.ShouldContain("    apt-get install -y --no-install-recommends wrk");
        machine.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task With_sudo_it_says_what_it_installs_and_installs_it()
    {
        using var machine = PretendMachine.WithEverything().Remove("redis-server").Add("apt-get").Add("sudo", "echo sudo was called >&2");

        var outcome = await machine.RunAsync("setup");

        outcome.ExitCode.ShouldBe(0);
        var lines = outcome.ErrorLines.ToList();
        lines.FindIndex(line => line.StartsWith("softy: installing redis-server ", StringComparison.Ordinal))
            .ShouldBeInRange(0, lines.LastIndexOf("sudo was called"));
        machine.Calls.ShouldBe(["sudo -n true", $"sudo -n sh {machine.Repository}/softy --install redis-server"]);
    }

    [Fact]
    public async Task An_installation_that_fails_ends_with_the_commands()
    {
        using var machine = PretendMachine.WithEverything().Remove("redis-server").Add("apt-get").Add("sudo", "[ $2 = true ]");

        var outcome = await machine.RunAsync("setup");

        outcome.ExitCode.ShouldBe(1);
        outcome.Error.ShouldContain("apt-get install -y --no-install-recommends redis-server");
    }

    [Fact]
    public async Task Without_a_package_manager_the_missing_programs_are_named()
    {
        using var machine = PretendMachine.WithEverything().Remove("redis-server");

        var outcome = await machine.RunAsync("run");

        outcome.ExitCode.ShouldBe(1);
        outcome.Error.ShouldContain("missing: what Debian packages as redis-server.");
        outcome.Error.ShouldContain("no apt-get");
    }

    [Fact]
    public async Task Valkey_does_for_Redis()
    {
        using var machine = PretendMachine.WithEverything().Remove("redis-server").Add("valkey-server");

        (await machine.RunAsync("run")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Run_needs_no_browser()
    {
        using var machine = PretendMachine.WithEverything().Remove("chromium");

        (await machine.RunAsync("run")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_missing_SDK_is_an_error_that_says_what_to_install()
    {
        using var machine = PretendMachine.WithEverything().Remove("dotnet");

        var outcome = await machine.RunAsync("run");

        outcome.ExitCode.ShouldBe(1);
        outcome.ErrorLines.ShouldHaveSingleItem().ShouldStartWith("softy: dotnet is not on the PATH.");
        outcome.Error.ShouldContain("dotnet-sdk-10.0");
    }

    [Theory]
    [InlineData("9.0.305")]
    [InlineData("10.0.100-rc.2.25502.107")]
    public async Task An_older_SDK_is_an_error_that_names_it(string version)
    {
        using var machine = PretendMachine.WithEverything().AddSdk(version);

        var outcome = await machine.RunAsync("run");

        outcome.ExitCode.ShouldBe(1);
        outcome.ErrorLines.ShouldHaveSingleItem().ShouldContain($"(it has: {version})");
    }
}
