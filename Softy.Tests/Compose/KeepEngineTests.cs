using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Softy.Tests.Entry;

namespace Softy.Tests.Compose;

/// <summary>An engine of the tests' own changes nothing on the machine, and ends with them, however they end.</summary>
[Trait("Category", "Deployment")]
[Collection(Name)]
public sealed partial class KeepEngineTests
{
    /// <summary>The name of its collection, which comes first: an engine that is found changes the network.</summary>
    public const string Name = "machine";

    [Fact]
    public async Task The_machine_is_the_same_while_it_runs_and_after_it()
    {
        var folder = Directory
            .CreateDirectory(
                string.Create(CultureInfo.InvariantCulture, $"/var/tmp/softy-engine-{Environment.ProcessId}-kept")
            )
            .FullName;
        var before = await NetworkAsync();
        using var keeper = Process.Start(
            new ProcessStartInfo(
                "setsid",
                [Path.Combine(Sources.Root, "Softy.Tests", "Compose", "keep-engine"), "own", folder]
            )
            {
                RedirectStandardInput = true,
                UseShellExecute = false,
            }
        )!;
        if (Environment.IsPrivilegedProcess)
        {
            await Eventually.Async(
                async () =>
                    (await Command.TryRunAsync("docker", ["--host", $"unix://{folder}/socket", "info"])).ExitCode == 0,
                "the engine answers"
            );
            await Command.RunAsync("docker", ["--host", $"unix://{folder}/socket", "network", "create", "some"]);
            (await NetworkAsync()).ShouldBe(before);
        }

        // What the system does for a process that is killed. Without root, the keeper has nothing to keep.
        keeper.StandardInput.Close();
        await keeper.WaitForExitAsync(Cancellation);

        Directory.Exists(folder).ShouldBeFalse();
        Process
            .GetProcesses()
            .Where(process => CommandLine(process.Id).Contains(folder, StringComparison.Ordinal))
            .Select(process => process.ProcessName)
            .ShouldBeEmpty();
        (await NetworkAsync()).ShouldBe(before);
    }

    // The rules of the firewall but for their counters, the links, and whether packets are forwarded.
    private static async Task<string> NetworkAsync()
    {
        var rules = Environment.IsPrivilegedProcess
            ? Counters().Replace(await Command.RunAsync("iptables-save", []), "")
            : "";
        var links = string.Join(' ', Directory.EnumerateDirectories("/sys/class/net").Order(StringComparer.Ordinal));
        return $"{rules}\n{links}\n{await File.ReadAllTextAsync("/proc/sys/net/ipv4/ip_forward", Cancellation)}";
    }

    private static string CommandLine(int processId)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/cmdline"));
        }
        catch (IOException)
        {
            return ""; // it has ended meanwhile
        }
    }

    [GeneratedRegex(@"^#.*$|\[\d+:\d+\]", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Counters();
}
