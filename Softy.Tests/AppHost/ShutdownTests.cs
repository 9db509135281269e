using System.Globalization;
using Softy.Tests.Application;

namespace Softy.Tests.AppHost;

/// <summary>However the AppHost ends, nothing of it stays behind, and the next start finds the data.</summary>
public sealed class ShutdownTests
{
    private const string PasswordVariable = "POSTGRES_PASSWORD";

    private static readonly string[] _programs =
    [
        "postgres -D",
        "redis-server",
        "/Softy.Gateway",
        "/Softy.Api",
        "/Softy.Web",
        "dcp",
    ];

    // One life of one volume, rather than a test for each way to end: every start costs seconds. That the next start
    // takes the same port at once, also after a kill, is microsoft/aspire #6704.
    [Fact]
    public async Task No_process_is_left_and_the_next_start_has_the_data_and_the_port()
    {
        using var volumes = new OwnVolumes();
        using var home = new Home();

        // What a first start leaves that was cut off while it made the data folder.
        var postgres = volumes.FolderOf("postgres");
        Directory.CreateDirectory(Path.Combine(postgres, "data.draft"));
        await File.WriteAllTextAsync(Path.Combine(postgres, "data.draft", "PG_VERSION"), "half", Cancellation);

        var port = FreePort.Find();
        var written = new Written();
        var passwords = new HashSet<string>(StringComparer.Ordinal);
        await RunAsync("INT", 0, "Development");
        File.Exists(home.Secrets).ShouldBeTrue("the password is kept as Aspire keeps it");

        // microsoft/aspire #9475: the volume outlives its password.
        home.DeleteSecrets();
        var killed = await RunAsync("KILL", 137, "Development", startsNextAtOnce: true);

        // Outside of the Development environment there are no secrets to keep it in.
        await RunAsync("KILL", 137, "Production", killed, killStores: true);
        File.Exists(Path.Combine(volumes.FolderOf("postgres"), "data", "postmaster.pid")).ShouldBeTrue();
        await RunAsync("TERM", 0, "Production");
        passwords.Count.ShouldBe(4);

        async Task<IReadOnlyList<ProcessEntry>> RunAsync(
            string signal,
            int exitCode,
            string environment,
            IReadOnlyList<ProcessEntry>? before = null,
            bool killStores = false,
            bool startsNextAtOnce = false
        )
        {
            await using var host = AppHostProcess.Start(
                [
                    $"--Volumes={volumes.Prefix}",
                    "--Replicas=1",
                    "--MaxReplicas=1",
                    string.Create(CultureInfo.InvariantCulture, $"--Gateway:Port={port}"),
                ],
                [.. home.Variables, ("DOTNET_ENVIRONMENT", environment), ("DcpPublisher__RandomizePorts", "false")]
            );
            var address = await host.WaitUntilReadyAsync(Cancellation);
            address.Port.ShouldBe(port);
            before ??= [];
            ProcessTable.StillThere(before.Where(process => process.Runs("/Softy.Gateway"))).ShouldBeEmpty();
            if (before.Count > 0)
            {
                // On a busy machine, the gateway of the killed AppHost may be gone before the next one needs the port.
                Output.WriteLine(
                    host.Output.Contains("; waiting for it.", StringComparison.Ordinal)
                        ? "The next start had to wait for the port."
                        : "The port was free when the next start needed it."
                );
            }

            using var client = new HttpClient { BaseAddress = address };
            await written.ShouldBeThereAsync(client);
            await written.WriteAsync(client);

            var processes = host.Processes;
            foreach (var program in _programs)
            {
                processes.ShouldContain(process => process.Runs(program), program);
            }

            passwords.Add(PasswordOf(processes));
            NobodyShouldExport(processes);
            // There is no developer certificate, either: a line says how to get one.
            host.Output.Split("Create one with 'dotnet dev-certs https --trust'").Length.ShouldBe(2, host.Output);
            host.Output.ShouldNotContain("with TLS");
            if (killStores)
            {
                // The servers have no chance to take their lock files away.
                foreach (var server in processes.Where(IsServer))
                {
                    AppHostProcess.Signal("KILL", server.Id);
                }
            }

            host.Signal(signal);
            (await host.WaitForExitAsync(Cancellation)).ShouldBe(exitCode, host.Output);
            if (startsNextAtOnce)
            {
                return processes;
            }

            // How long that takes on a busy machine is told, rather than demanded.
            var took = await Eventually.Async(
                () => ProcessTable.StillThere([.. before, .. processes]).Count == 0 && host.Processes.Count == 0,
                "no process is left"
            );
            Output.WriteLine($"{signal}: nothing was left {took.TotalSeconds:F1} s after the end of the AppHost.");
            return processes;
        }
    }

    private static bool IsServer(ProcessEntry process) =>
        process.Runs("/postgres -D") || process.Command.StartsWith("redis-server ", StringComparison.Ordinal);

    private static string PasswordOf(IReadOnlyList<ProcessEntry> processes) =>
        processes
            .Select(process => ProcessTable.EnvironmentOf(process.Id).GetValueOrDefault(PasswordVariable))
            .OfType<string>()
            .Distinct()
            .ShouldHaveSingleItem();

    /// <summary>There is no dashboard that would take it.</summary>
    private static void NobodyShouldExport(IReadOnlyList<ProcessEntry> processes) =>
        processes
            .Where(process => ProcessTable.EnvironmentOf(process.Id).ContainsKey("OTEL_EXPORTER_OTLP_ENDPOINT"))
            .ShouldBeEmpty();
}
