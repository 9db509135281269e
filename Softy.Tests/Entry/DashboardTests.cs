namespace Softy.Tests.Entry;

public sealed class DashboardTests
{
    [Fact]
    public void The_dashboard_is_of_the_pinned_Aspire()
    {
        Sources.DashboardVersion.ShouldBe(Sources.AspireVersion);

        var locked = Sources.ReadJson("embedded/Dashboard/package-lock.json").GetProperty("packages")
            .GetProperty("node_modules/@microsoft/aspire-cli-linux-x64");
        locked.GetProperty("version").GetString().ShouldBe(Sources.AspireVersion);
        locked.GetProperty("integrity").GetString().ShouldNotBeNull().ShouldStartWith("sha512-");
        locked.TryGetProperty("resolved", out _).ShouldBeFalse("the lock file would name a registry");
    }

    [Theory]
    [InlineData("run")]
    [InlineData("setup")]
    public async Task Without_npm_it_goes_on_with_one_notice(string command)
    {
        using var machine = WithoutDashboard();

        var outcome = await machine.RunAsync(command);

        outcome.ExitCode.ShouldBe(0);
        outcome.ErrorLines.Count(line => line.Contains("going on without the Aspire dashboard", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_download_that_fails_is_a_notice_with_its_reason_and_leaves_nothing_half_done()
    {
        using var machine = WithoutDashboard().Add("npm", "echo no route to the registry >&2; exit 1");

        var outcome = await machine.RunAsync("setup");

        outcome.ExitCode.ShouldBe(0);
        outcome.Error.ShouldContain("no route to the registry");
        outcome.Error.ShouldContain("going on without the Aspire dashboard");
        Directory.GetFileSystemEntries(Path.Combine(machine.Repository, ".softy")).ShouldBeEmpty();
    }

    [Fact]
    public async Task It_is_fetched_once_and_found_where_the_host_looks()
    {
        // Stands in for the registry: the CLI unpacks a dashboard where it is told to.
        using var machine = WithoutDashboard().Add(
            "npm",
            """
            mkdir -p node_modules/@microsoft/aspire-cli-linux-x64/bin
            cat >node_modules/@microsoft/aspire-cli-linux-x64/bin/aspire <<'CLI'
            #!/bin/sh
            [ -d "$HOME" ] && [ "$ASPIRE_CLI_TELEMETRY_OPTOUT" = 1 ] || exit 1
            while [ "$1" != --install-path ]; do shift; done
            mkdir -p "$2/versions/1/managed" "$2/versions/1/dcp"
            echo '#!/bin/sh' >"$2/versions/1/managed/aspire-managed"
            chmod 755 "$2/versions/1/managed/aspire-managed"
            CLI
            chmod 755 node_modules/@microsoft/aspire-cli-linux-x64/bin/aspire
            """);

        var first = await machine.RunAsync("setup");
        var second = await machine.RunAsync("setup");

        first.ErrorLines.Length.ShouldBe(2);
        first.Error.ShouldContain("softy: fetching the Aspire dashboard");
        second.ErrorLines.ShouldHaveSingleItem();
        machine.Calls.ShouldHaveSingleItem().ShouldStartWith("npm ci ");
        Directory.GetFiles(Path.Combine(machine.Repository, ".softy"), "aspire-managed", SearchOption.AllDirectories)
            .ShouldHaveSingleItem()
            .ShouldBe(Path.Combine(machine.Repository, ".softy/dashboard", Sources.DashboardVersion, "managed/aspire-managed"));
        Directory.GetFileSystemEntries(Path.Combine(machine.Repository, ".softy")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_installed_Aspire_CLI_is_used_instead()
    {
        using var machine = WithoutDashboard().Add("npm").AddSdk(body: "echo $ASPIRE_DASHBOARD_PATH");
        var dashboard = machine.AddAspireCli();

        var outcome = await machine.RunAsync("run");

        outcome.Output.TrimEnd().ShouldBe(dashboard);
        machine.Calls.ShouldHaveSingleItem().ShouldStartWith("dotnet run");
    }

    [Theory]
    [InlineData("AspireSource", "nuget", "run")]
    [InlineData("ASPIRE_DASHBOARD_PATH", "/opt/aspire-managed", "run")]
    [InlineData("UNUSED", "", "run", "--no-dashboard")]
    public async Task It_is_not_fetched_where_it_is_not_wanted(string variable, string value, params string[] arguments)
    {
        using var machine = WithoutDashboard().Add("npm").Set(variable, value);

        var outcome = await machine.RunAsync(arguments);

        outcome.ExitCode.ShouldBe(0);
        machine.Calls.ShouldHaveSingleItem().ShouldStartWith("dotnet run");
    }

    private static PretendMachine WithoutDashboard() => new PretendMachine().AddSdk().AddStores().AddBrowser();
}
