using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Softy.Tests.Application;

namespace Softy.Tests.AppHost;

/// <summary>Bad input and missing programs cause one clear error and an exit code, before anything runs.</summary>
public sealed class BadInputTests
{
    [Theory]
    [InlineData("--Replicas=0", "Softy: Replicas is '0'; it must be a whole number from 1 to 100.")]
    [InlineData("--Replica=5", "Softy: --Replica is not an option. Options are --Replicas, --MaxReplicas, ")]
    public async Task A_mistake_in_the_arguments_ends_the_program_with_one_line(string argument, string error)
    {
        await using var host = AppHostProcess.Start([argument]);

        (await host.WaitForExitAsync(Cancellation)).ShouldBe(1);
        await host.WaitForOutputAsync(Cancellation);
        host.Output.ShouldStartWith(error);
        host.Output.ReplaceLineEndings("\n").TrimEnd().ShouldNotContain("\n");
    }

    [Fact]
    public async Task A_port_in_use_is_reported_with_the_process_that_uses_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        await using var host = AppHostProcess.Start(
            ["--Volumes=none", $"--Gateway:Port={port}"],
            [("DcpPublisher__RandomizePorts", "false")]
        );

        await ShouldRefuseAsync(
            host,
            $"Softy: Port {port}, which 'gateway' needs, is taken by process {Environment.ProcessId} ("
        );
        host.Output.ShouldMatch($@"Port {port}, which 'gateway' needs, is taken by process .*; waiting for it\.");
    }

    [Fact]
    public async Task A_missing_Redis_is_named_with_the_command_that_installs_it()
    {
        using var tools = new FewTools();

        await using var host = AppHostProcess.Start(["--Volumes=none"], tools.Variables);

        await ShouldRefuseAsync(
            host,
            "Softy: 'redis' needs the program 'redis-server' or 'valkey-server'. Looked on the PATH",
            tools.Path,
            "apt-get install --no-install-recommends redis-server"
        );
    }

    [Fact]
    public async Task A_missing_PostgreSQL_is_named_with_the_command_that_installs_it()
    {
        using var tools = new FewTools();

        await using var host = AppHostProcess.Start(["--Volumes=none"], tools.Variables, FewTools.WithoutPostgres);

        await ShouldRefuseAsync(
            host,
            "Softy: 'postgres' needs the programs 'postgres' and 'initdb' of PostgreSQL. Looked on the PATH",
            "/usr/lib/postgresql/*/bin",
            "apt-get install --no-install-recommends postgresql"
        );
    }

    // microsoft/aspire #13792.
    [Fact]
    public async Task Data_of_another_major_version_are_refused_and_left_alone()
    {
        using var volumes = new OwnVolumes();
        var data = Directory.CreateDirectory(Path.Combine(volumes.FolderOf("postgres"), "data"));
        var version = Path.Combine(data.FullName, "PG_VERSION");
        await File.WriteAllTextAsync(version, "9\n", Cancellation);

        await using var host = AppHostProcess.Start([$"--Volumes={volumes.Prefix}"]);

        await ShouldRefuseAsync(
            host,
            $"Softy: The data of 'postgres' in {volumes.FolderOf("postgres")} were written by PostgreSQL 9, and this ",
            "Install PostgreSQL 9, or move the data: dump them with the old version, delete the folder, start, and "
        );
        (await File.ReadAllTextAsync(version, Cancellation)).ShouldBe("9\n");
        data.EnumerateFileSystemInfos().ShouldHaveSingleItem();
    }

    private static async Task ShouldRefuseAsync(AppHostProcess host, params string[] words)
    {
        var watch = Stopwatch.StartNew();
        (await host.WaitForExitAsync(Cancellation)).ShouldBe(1, host.Output);
        Output.WriteLine($"Refused after {watch.Elapsed.TotalSeconds:F1} s.");
        await host.WaitForOutputAsync(Cancellation);
        foreach (var word in words)
        {
            host.Output.ShouldContain(word);
        }

        host.Output.Split('\n')
            .Count(line => line.StartsWith("Softy: ", StringComparison.Ordinal))
            .ShouldBe(1, host.Output);
        host.Output.ShouldNotContain("   at ", Case.Sensitive, "a stack trace tells a user nothing");
        host.Processes.ShouldBeEmpty();
    }
}
