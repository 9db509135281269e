using System.Text.RegularExpressions;
using System.Xml.Linq;
using Softy.Tests.Compose;

namespace Softy.Tests.Entry;

/// <summary>Which tests <c>./softy test</c> runs, and when it runs those that need a Docker Engine.</summary>
public sealed partial class SuiteTests
{
    private const string WithoutEngine =
        "softy: the tests of the deployment are left out: no Docker Engine answers, and this user cannot start one";

    private const string LongTests =
        "(Category=Faults|FullyQualifiedName~Tests.Crowd.|FullyQualifiedName~Tests.Hostile."
        + "|FullyQualifiedName~.CertificateReloadTests.|FullyQualifiedName~.SchemaTests.)";

    // The filter of a plain `dotnet test`.
    private static string Plain { get; } =
        XDocument
            .Load(Path.Combine(Sources.Root, "Softy.Tests/Softy.Tests.csproj"))
            .Descendants("VSTestTestCaseFilter")
            .Single()
            .Value;

    [Fact]
    public async Task Without_an_engine_the_other_tests_run_and_one_line_says_so()
    {
        using var machine = PretendMachine.WithEverything();

        var outcome = await machine.RunAsync("test");

        outcome.ExitCode.ShouldBe(0);
        outcome.ErrorLines.ShouldHaveSingleItem().ShouldBe(WithoutEngine);
        machine.Calls.ShouldBe([$"dotnet test Softy.Tests --filter {Plain}"]);
    }

    [Fact]
    public async Task Without_an_engine_it_is_an_error_to_ask_for_the_tests_of_the_deployment()
    {
        using var machine = PretendMachine.WithEverything().Add("docker", "exit 1");

        var outcome = await machine.RunAsync("test", "--compose");

        outcome.ExitCode.ShouldBe(1);
        outcome.ErrorLines.ShouldHaveSingleItem().ShouldBe(WithoutEngine);
        machine.Calls.ShouldHaveSingleItem().ShouldStartWith("docker info ");
    }

    [Fact]
    public async Task With_an_engine_the_tests_of_the_deployment_run_among_the_others()
    {
        using var machine = WithEngine("exit 7");

        var outcome = await machine.RunAsync("test", "--no-build");

        outcome.ExitCode.ShouldBe(7);
        outcome.Error.ShouldBeEmpty();
        Tests(machine).ShouldBe([$"dotnet test Softy.Tests --filter ({Plain})|Category=Deployment --no-build"]);
    }

    [Theory]
    [InlineData("--filter", "Name~Balancing")]
    [InlineData("--filter=Name~Balancing")]
    public async Task A_filter_selects_from_the_tests_of_a_plain_run_and_needs_no_engine(params string[] filter)
    {
        using var machine = WithEngine();

        var outcome = await machine.RunAsync(["test", .. filter, "--no-build"]);

        outcome.ExitCode.ShouldBe(0);
        machine
            .Calls.ShouldHaveSingleItem()
            .ShouldBe($"dotnet test Softy.Tests --filter (Name~Balancing)&{Plain} --no-build");
    }

    [Theory]
    [InlineData(0, 0, 0, "--compose", "--filter", "A|B", "--no-build")]
    [InlineData(7, 0, 7, "--compose", "--filter", "A|B", "--no-build")]
    [InlineData(0, 3, 3, "--filter", "A|B", "--no-build", "--compose")]
    [InlineData(7, 3, 7, "--filter", "A|B", "--no-build", "--compose")]
    public async Task The_tests_of_the_deployment_can_be_run_alone_and_the_first_failure_is_the_outcome(
        int compose,
        int swarm,
        int expected,
        params string[] arguments
    )
    {
        using var machine = WithEngine($"case \"$*\" in *Category=Swarm*) exit {swarm} ;; esac; exit {compose}");

        var outcome = await machine.RunAsync(["test", .. arguments]);

        outcome.ExitCode.ShouldBe(expected);
        Tests(machine)
            .ShouldBe([
                "dotnet test Softy.Tests --filter (A|B)&Category=Deployment --no-build",
                "dotnet test Softy.Tests --filter (A|B)&Category=Swarm --no-build",
            ]);
    }

    [Fact]
    public async Task Native_programs_are_built_before_their_tests_and_only_those_of_services_run()
    {
        using var machine = PretendMachine.WithEverything().AddSdk(body: "echo ${SOFTY_NATIVE#$PWD/}");

        var outcome = await machine.RunAsync("test", "--native", "--no-build");

        outcome.ExitCode.ShouldBe(0);
        outcome.OutputLines.ShouldAllBe(line => line == ".softy/native");
        var calls = Tests(machine);
        calls.Length.ShouldBe(4);
        foreach (var (index, service) in new[] { "Api", "Gateway", "Web" }.Index())
        {
            calls[index].ShouldStartWith($"dotnet publish Softy.{service} --output ");
            calls[index].ShouldContain(" -p:Native=true ");
        }

        calls[^1].ShouldStartWith("dotnet test Softy.Tests --filter (FullyQualifiedName~Tests.Api.|");
        calls[^1].ShouldEndWith($")&{Plain} --no-build");
    }

    [Fact]
    public async Task Without_a_linker_native_programs_cannot_be_tested()
    {
        using var machine = PretendMachine.WithEverything().Remove("clang").Add("apt-get");

        var outcome = await machine.RunAsync("test", "--native");

        outcome.ExitCode.ShouldBe(1);
        outcome.ErrorLines[^1].ShouldEndWith(" clang zlib1g-dev");
        machine.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(LongTests, "1||docs/reliability.md", "--faults")]
    [InlineData("Category=Soak", "|60|docs/reliability.md", "--soak")]
    [InlineData("Category=Soak", "|10|docs/reliability.md", "--soak=10")]
    public async Task Measuring_tests_are_told_how_long_to_run_and_where_to_report(
        string filter,
        string environment,
        string option
    )
    {
        using var machine = PretendMachine
            .WithEverything()
            .AddSdk(body: "echo $SOFTY_FAULTS_LONG'|'$SOFTY_SOAK_MINUTES'|'${SOFTY_FAULTS_REPORT#$PWD/}");

        var outcome = await machine.RunAsync("test", "--no-build", option);

        machine.Calls.ShouldHaveSingleItem().ShouldBe($"dotnet test Softy.Tests --filter {filter} --no-build");
        outcome.OutputLines.ShouldHaveSingleItem().ShouldBe(environment);
    }

    [Fact]
    public async Task A_filter_selects_from_the_long_tests()
    {
        using var machine = PretendMachine.WithEverything();

        await machine.RunAsync("test", "--faults", "--filter=Name~Random");

        machine.Calls.ShouldHaveSingleItem().ShouldBe($"dotnet test Softy.Tests --filter (Name~Random)&{LongTests}");
    }

    [Fact]
    public void Each_test_with_a_long_form_is_among_the_long_tests()
    {
        var filters = LongTests
            .Trim('(', ')')
            .Split('|')
            .Where(part => part.Contains('~'))
            .Select(part => part.Split('~')[1])
            .ToList();
        var tests =
            from file in Directory.EnumerateFiles(
                Path.Combine(Sources.Root, "Softy.Tests"),
                "*Tests.cs",
                SearchOption.AllDirectories
            )
            let code = File.ReadAllText(file)
            where LongForm().IsMatch(code)
            select (Name: Path.GetRelativePath(Sources.Root, file)[..^2].Replace('/', '.'), Code: code);

        foreach (var (name, code) in tests.ToList())
        {
            (
                filters.Exists(part => name.Contains(part, StringComparison.Ordinal))
                || code.Contains("(\"Category\", \"Faults\")", StringComparison.Ordinal)
                || code.Contains("(\"Category\", \"Root\")", StringComparison.Ordinal)
            ).ShouldBeTrue(name);
        }
    }

    [Fact]
    public async Task Tests_of_the_deployment_report_nothing_because_they_do_not_measure()
    {
        using var machine = WithEngine("echo \"reports to: $SOFTY_FAULTS_REPORT\"");

        var outcome = await machine.RunAsync("test", "--no-build", "--compose");

        outcome.OutputLines.ShouldBe(["reports to: ", "reports to: "]);
    }

    [Fact]
    public async Task Without_root_one_line_says_that_no_disk_is_filled()
    {
        using var machine = PretendMachine.WithEverything();

        var outcome = await machine.RunAsync("test", "--faults");

        outcome.ErrorLines.ShouldHaveSingleItem().ShouldBe("softy: leaving out full disks, which only root mounts");
    }

    [Fact]
    public async Task Other_arguments_go_to_the_runner()
    {
        using var machine = PretendMachine.WithEverything();

        await machine.RunAsync("test", "--no-build", "--logger", "trx", "--", "xUnit.StopOnFail=true", "--compose");

        machine
            .Calls.ShouldHaveSingleItem()
            .ShouldBe(
                $"dotnet test Softy.Tests --filter {Plain} --no-build --logger trx -- xUnit.StopOnFail=true --compose"
            );
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 143)]
    public async Task A_signal_to_the_script_ends_the_tests_and_then_the_script(string signal, int exitCode)
    {
        using var machine = WithEngine(
            $"trap 'echo ended; exit 3' TERM; kill -{signal} $PPID; while :; do sleep 0.05; done"
        );

        var outcome = await machine.RunAsync("test", "--compose");

        outcome.ExitCode.ShouldBe(exitCode);
        outcome.Output.ShouldBe("ended\n");
        Tests(machine).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Ctrl_C_reaches_the_tests_and_nothing_follows_them()
    {
        // The terminal sends the signal to both processes. A process that ignores it continues to its end.
        using var machine = WithEngine("trap 'echo ended; exit 3' INT; kill -INT $PPID; kill -INT $$; echo went on");

        var outcome = await machine.RunAsync("test", "--compose");

        outcome.ExitCode.ShouldBe(130);
        outcome.Output.ShouldBe("ended\n");
        Tests(machine).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("1", 0)] // one of several runs
    public async Task A_filter_that_finds_no_test_is_an_error(string mayFindNothing, int exitCode)
    {
        var build = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

        var run = await Command.TryRunAsync(
            "dotnet",
            ["test", "Softy.Tests", "--no-build", "-c", build, "--filter", "Name=Nothing"],
            Sources.Root,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["SOFTY_MAY_FIND_NOTHING"] = mayFindNothing }
        );

        run.ExitCode.ShouldBe(exitCode, run.Output + run.Error);
        run.Output.ShouldContain("No test matches the given testcase filter");
    }

    [GeneratedRegex(@"Scale\.Of\(\d", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex LongForm();

    private static PretendMachine WithEngine(string tests = "exit 0") =>
        PretendMachine.WithEverything().AddSdk(body: tests).Add("docker", "echo 28");

    private static string[] Tests(PretendMachine machine) =>
        [.. machine.Calls.Where(call => call.StartsWith("dotnet ", StringComparison.Ordinal))];
}
