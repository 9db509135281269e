using System.Net;
using System.Net.Sockets;

namespace Softy.Tests.Embedded;

/// <summary>Bad input and missing pieces are told in one clear line, with an exit code, before anything runs.</summary>
public sealed class BadInputTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--Replicas=0", "Softy: Replicas is '0'; it must be a whole number from 1 to 100.")]
    [InlineData("--Replicas=101", "Softy: Replicas is '101'; it must be a whole number from 1 to 100.")]
    [InlineData("--Replicas=x", "Softy: Replicas is 'x'; it must be a whole number from 1 to 100.")]
    [InlineData("--Gateway:Port=70000", "Softy: Gateway:Port is '70000'; it must be a whole number from 1 to 65535.")]
    [InlineData("--Gateway:Policy=Fastest", "Softy: Gateway:Policy is 'Fastest'; it must be one of RoundRobin, LeastRequests, ")]
    [InlineData("--Volumes=../x", "Softy: Volumes is '../x'; it must be of letters, digits, '-' and '_', or 'none' to keep no data.")]
    public async Task A_setting_that_makes_no_sense_is_refused(string argument, string error)
    {
        await using var host = AppHostProcess.Start([argument, "--DcpPublisher:RandomizePorts=true"]);

        (await host.WaitForExitAsync(Cancellation)).ShouldBe(1);
        host.Output.ShouldStartWith(error);
        host.Output.ReplaceLineEndings("\n").TrimEnd().ShouldNotContain("\n");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        await using var host = AppHostProcess.Start(["--Volumes=none", $"--Gateway:Port={port}"]);

        await ShouldRefuseAsync(host, $"Port {port}, on which 'gateway' is to listen, is taken.");
    }

    [Fact]
    public async Task A_missing_Redis_is_named_with_the_command_that_installs_it()
    {
        using var tools = new FewTools();

        await using var host = AppHostProcess.Start(["--Volumes=none"], tools.Path);

        await ShouldRefuseAsync(
            host,
            "The resource 'redis' needs the program 'redis-server' or 'valkey-server', and neither is on the PATH",
            tools.Path,
            "apt-get install --no-install-recommends redis-server");
    }

    [Fact]
    public async Task A_missing_PostgreSQL_is_named_with_the_command_that_installs_it()
    {
        using var tools = new FewTools();

        // A mount that only this process sees hides where the distribution has it.
        string[] hidden = ["/usr/bin/unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c",
            "[ ! -d /usr/lib/postgresql ] || /bin/mount -t tmpfs none /usr/lib/postgresql; exec \"$@\"", "sh"];
        await using var host = AppHostProcess.Start(["--Volumes=none"], tools.Path, hidden);

        await ShouldRefuseAsync(
            host,
            "The resource 'postgres' needs the programs 'initdb' and 'postgres' of PostgreSQL.",
            "/usr/lib/postgresql/*/bin",
            "apt-get install --no-install-recommends postgresql");
    }

    private static async Task ShouldRefuseAsync(AppHostProcess host, params string[] words)
    {
        (await host.WaitForExitAsync(Cancellation)).ShouldBe(1, host.Output);
        foreach (var word in words)
        {
            host.Output.ShouldContain(word);
        }

        host.Output.ShouldNotContain("   at ", Case.Sensitive, "a stack trace tells a user nothing");
        ProcessTable.DescendantsOf(host.Id).ShouldBeEmpty();
    }

    /// <summary>A PATH with the tools that the host uses, and no database.</summary>
    private sealed class FewTools : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("softy-tools-");

        public FewTools()
        {
            foreach (var tool in new[] { "setsid", "setpriv", "sh", "grep", "sleep", "rm", "kill" })
            {
                var program = new[] { "/usr/bin", "/bin" }.Select(folder => System.IO.Path.Combine(folder, tool)).First(File.Exists);
                File.CreateSymbolicLink(System.IO.Path.Combine(_folder.FullName, tool), program);
            }
        }

        public string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
