namespace Softy.Tests.Entry;

/// <summary>What the entry script installs, and what it prints if it cannot.</summary>
public sealed class SetupTests
{
    private const string Advice = "softy: As root, run: apt-get update && apt-get install -y --no-install-recommends ";

    [Fact]
    public async Task A_prepared_machine_is_left_alone()
    {
        using var machine = PretendMachine
            .WithEverything()
            .Add("docker", "echo 28")
            .Add("apt-get", "exit 1")
            .Add("sudo", "exit 1");

        var outcome = await machine.RunAsync("setup");

        outcome.ExitCode.ShouldBe(0);
        outcome.Output.ShouldBeEmpty();
        outcome.Error.ShouldBeEmpty();
        machine.Calls.ShouldAllBe(call => call.StartsWith("docker ", StringComparison.Ordinal) || IsLinkerCheck(call));
    }

    [Theory]
    [InlineData("setup")]
    [InlineData("run")]
    [InlineData("test")]
    [InlineData("bench")]
    public async Task Without_root_the_command_that_installs_is_printed(string command)
    {
        using var machine = PretendMachine.WithEverything().Remove("redis-server").Add("apt-get");

        var outcome = await machine.RunAsync(command);

        outcome.ExitCode.ShouldBe(1);
        outcome.Error.ShouldContain("missing: redis-server");
        outcome.ErrorLines[^1].ShouldStartWith($"{Advice}redis-server");
        machine.Calls.ShouldAllBe(call => IsLinkerCheck(call));
    }

    [Fact]
    public async Task A_benchmark_asks_for_what_it_compares_with()
    {
        using var machine = PretendMachine.WithEverything().Add("apt-get");

        var outcome = await machine.RunAsync("bench", "--quick");

        outcome.ExitCode.ShouldBe(1);
        outcome.ErrorLines[^1].ShouldStartWith($"{Advice}wrk");
        machine.Calls.ShouldAllBe(call => IsLinkerCheck(call));
    }

    [Fact]
    public async Task Tests_ask_for_all_that_they_need_at_once()
    {
        using var machine = new PretendMachine().AddSdk().Add("apt-get").Add("initdb").Add("postgres");

        var outcome = await machine.RunAsync("test");

        outcome.ErrorLines[^1].ShouldBe($"{Advice}redis-server faketime npm chromium fonts-dejavu-core");
    }

    [Fact]
    public async Task With_sudo_it_says_what_it_installs_and_installs_it()
    {
        using var machine = PretendMachine
            .WithEverything()
            .Remove("redis-server")
            .Add("apt-get")
            .Add("sudo", "[ $2 = true ] || echo sudo was called >&2");

        var outcome = await machine.RunAsync("run");

        outcome.ExitCode.ShouldBe(0);
        outcome.ErrorLines.ShouldBe([
            "softy: installing redis-server with apt-get; services that come along stay off",
            "sudo was called",
        ]);
        machine.Calls.ShouldContain($"sudo -n sh {machine.Repository}/softy --install redis-server");
        machine.Calls[^1].ShouldStartWith("dotnet run ");
    }

    [Fact]
    public async Task An_installation_that_fails_ends_with_the_command()
    {
        using var machine = PretendMachine
            .WithEverything()
            .Remove("redis-server")
            .Add("apt-get")
            .Add("sudo", "[ $2 = true ]");

        var outcome = await machine.RunAsync("setup");

        outcome.ExitCode.ShouldBe(1);
        outcome.ErrorLines[^1].ShouldBe($"{Advice}redis-server");
    }

    [Fact]
    public async Task An_engine_without_compose_leaves_out_only_the_tests_of_the_deployment()
    {
        using var machine = PretendMachine.WithEverything().Add("apt-get").Add("docker", "[ $1 = info ] && echo 28");

        var outcome = await machine.RunAsync("test");

        outcome.ExitCode.ShouldBe(0);
        outcome.ErrorLines[^1].ShouldBe("softy: the tests of the deployment are left out: missing: docker-compose");
        machine.Calls[^1].ShouldStartWith("dotnet test ");
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
    public async Task Valkey_can_replace_Redis()
    {
        using var machine = PretendMachine.WithEverything().Remove("redis-server").Add("valkey-server");

        (await machine.RunAsync("run")).ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("docker", "echo 28", 0)]
    [InlineData("podman", "exit 0", 0)]
    [InlineData("podman", "exit 1", 1)]
    [InlineData("docker", "echo 28", 0, "--stores", "auto")]
    [InlineData("docker", "echo 28", 0, "--stores", "container")]
    [InlineData("docker", "echo 28", 1, "--stores", "process")]
    public async Task Run_needs_no_programs_of_stores_when_they_run_in_containers(
        string runtime,
        string body,
        int exitCode,
        params string[] options
    )
    {
        using var machine = PretendMachine.WithEverything().Remove("redis-server").Add("apt-get").Add(runtime, body);

        (await machine.RunAsync(["run", .. options])).ExitCode.ShouldBe(exitCode);
    }

    [Fact]
    public async Task Run_asks_no_container_runtime_when_the_programs_are_installed()
    {
        using var machine = PretendMachine.WithEverything().Add("docker", "echo 28");

        await machine.RunAsync("run");

        machine.Calls.ShouldHaveSingleItem().ShouldStartWith("dotnet run ");
    }

    [Fact]
    public async Task Run_needs_nothing_that_only_tests_need()
    {
        using var machine = PretendMachine.WithEverything().Remove("chromium").Remove("faketime").Remove("npm");

        (await machine.RunAsync("run")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task On_Ubuntu_a_browser_is_fetched_once_for_each_version()
    {
        using var machine = PretendMachine.WithEverything().OnUbuntu().Remove("google-chrome");
        const string fetch = "dotnet run --project docs/pictures -- install";

        (await machine.RunAsync("test")).Error.ShouldContain("softy: fetching a browser");
        await machine.RunAsync("test");
        machine.Calls.Count(call => call == fetch).ShouldBe(1);

        var versions = Path.Combine(machine.Repository, "Directory.Packages.props");
        File.SetLastWriteTimeUtc(versions, DateTime.UtcNow.AddMinutes(1));
        await machine.RunAsync("test");
        machine.Calls.Count(call => call == fetch).ShouldBe(2);
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
        outcome.ErrorLines.ShouldHaveSingleItem().ShouldStartWith($"softy: dotnet has no .NET 10 SDK, but {version}. ");
    }

    private static bool IsLinkerCheck(string call) => call.StartsWith("clang ", StringComparison.Ordinal);
}
