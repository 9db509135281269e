using System.Globalization;
using System.Text.RegularExpressions;

namespace Softy.Tests.Compose;

/// <summary>How little the containers may do, and how little of them can be reached.</summary>
[Trait("Category", "Deployment")]
public sealed partial class IsolationTests(ComposeApp compose) : ComposeTest(compose)
{
    [Fact]
    public async Task The_gateway_alone_has_a_port_on_the_machine()
    {
        var all = await Compose.ContainersAsync();

        all.Select(container => container.Service)
            .Order()
            .ShouldBe(["api", "api", "api", "gateway", "postgres", "redis", "web"]);
        foreach (var container in all)
        {
            container.PublishedPorts.ShouldBe(
                container.Service == "gateway" ? [Compose.PublishedPort] : [],
                container.Service
            );
        }
    }

    [Fact]
    public async Task No_container_runs_as_root_or_changes_its_files()
    {
        foreach (var container in await Compose.ContainersAsync())
        {
            // Asked of the process itself: what it may do, not what it was meant to.
            var status = await Engine.ShellAsync(
                string.Create(CultureInfo.InvariantCulture, $"cat /proc/{container.ProcessId}/status")
            );
            UserId().Match(status).Groups["id"].Value.ShouldNotBeOneOf("", "0");
            status.ShouldContain("CapEff:\t0000000000000000", customMessage: container.Service);
            status.ShouldContain("NoNewPrivs:\t1", customMessage: container.Service);
            container.HasReadOnlyRoot.ShouldBeTrue(container.Service);
        }
    }

    [Fact]
    public Task No_thread_of_the_tests_stays_in_the_network_of_the_engine() =>
        Eventually.Async(
            () =>
                Directory
                    .EnumerateDirectories("/proc/self/task")
                    .Select(thread => new FileInfo(Path.Combine(thread, "ns", "net")).LinkTarget)
                    .Distinct()
                    .Count() == 1,
            "all threads are in one network"
        );

    [GeneratedRegex(
        @"^Uid:\t(?<id>\d+)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex UserId();
}
