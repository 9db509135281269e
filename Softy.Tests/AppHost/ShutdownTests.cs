using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
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

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ITestOutputHelper TestOutput => TestContext.Current.TestOutputHelper!;

    // One life of one volume, rather than a test for each way to end: every start costs seconds.
    [Fact]
    public async Task No_process_is_left_and_the_data_are_there_at_the_next_start()
    {
        using var volumes = new OwnVolumes();
        using var home = new Home();

        // What a first start leaves that was cut off while it made the data folder.
        var postgres = volumes.FolderOf("postgres");
        Directory.CreateDirectory(Path.Combine(postgres, "data.draft"));
        await File.WriteAllTextAsync(Path.Combine(postgres, "data.draft", "PG_VERSION"), "half", Cancellation);

        var written = new Written();
        var passwords = new HashSet<string>(StringComparer.Ordinal);
        await RunAsync("INT", 0, "Development");
        File.Exists(home.Secrets).ShouldBeTrue("the password is kept as Aspire keeps it");

        // microsoft/aspire #9475: the volume outlives its password.
        home.DeleteSecrets();
        await RunAsync("KILL", 137, "Development");

        // Outside of the Development environment there are no secrets to keep it in.
        await RunAsync("KILL", 137, "Production", killStores: true);
        File.Exists(Path.Combine(volumes.FolderOf("postgres"), "data", "postmaster.pid")).ShouldBeTrue();
        await RunAsync("TERM", 0, "Production");
        passwords.Count.ShouldBe(4);

        async Task RunAsync(string signal, int exitCode, string environment, bool killStores = false)
        {
            await using var host = AppHostProcess.Start(
                [$"--Volumes={volumes.Prefix}", "--Replicas=1", "--MaxReplicas=1"],
                [.. home.Variables, ("DOTNET_ENVIRONMENT", environment)]
            );
            using var client = new HttpClient { BaseAddress = await host.WaitUntilReadyAsync(Cancellation) };
            await written.ShouldBeThereAsync(client);
            await written.WriteAsync(client);

            var processes = host.Processes;
            foreach (var program in _programs)
            {
                processes.ShouldContain(process => process.Runs(program), program);
            }

            passwords.Add(PasswordOf(processes));
            NobodyShouldExport(processes);
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

            // How long that takes on a busy machine is told, rather than demanded.
            var took = await Eventually.Async(
                () => ProcessTable.StillThere(processes).Count == 0 && host.Processes.Count == 0,
                "no process is left"
            );
            TestOutput.WriteLine($"{signal}: nothing was left {took.TotalSeconds:F1} s after the end of the AppHost.");
        }
    }

    // microsoft/aspire #6704.
    [Fact]
    public async Task A_start_at_once_after_a_kill_takes_the_same_port()
    {
        using var volumes = new OwnVolumes();
        string[] arguments =
        [
            $"--Volumes={volumes.Prefix}",
            "--Replicas=1",
            "--MaxReplicas=1",
            $"--Gateway:Port={FreePort()}",
        ];
        (string, string)[] fixedPorts = [("DcpPublisher__RandomizePorts", "false")];
        var written = new Written();
        Uri address;
        IReadOnlyList<ProcessEntry> before;
        await using (var killed = AppHostProcess.Start(arguments, fixedPorts))
        {
            address = await killed.WaitUntilReadyAsync(Cancellation);
            using var client = new HttpClient { BaseAddress = address };
            await written.WriteAsync(client);
            before = killed.Processes;
            killed.Signal("KILL");
            await killed.WaitForExitAsync(Cancellation);
        }

        await using var next = AppHostProcess.Start(arguments, fixedPorts);

        (await next.WaitUntilReadyAsync(Cancellation)).ShouldBe(address);
        ProcessTable.StillThere(before.Where(process => process.Runs("/Softy.Gateway"))).ShouldBeEmpty();
        // On a busy machine, the processes of the killed AppHost may be gone before the next one needs the port.
        TestOutput.WriteLine(
            next.Output.Contains("; waiting for it.", StringComparison.Ordinal)
                ? "The next start had to wait for the port."
                : "The port was free when the next start needed it."
        );
        using var again = new HttpClient { BaseAddress = address };
        await written.ShouldBeThereAsync(again);
        next.Signal("TERM");
        (await next.WaitForExitAsync(Cancellation)).ShouldBe(0, next.Output);
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>What was written, of which nothing may be lost.</summary>
    private sealed class Written
    {
        private const string Text = "Keep this — 保持";

        private readonly List<string> _ids = [];
        private long _visits;

        public async Task WriteAsync(HttpClient client)
        {
            using var message = await client.PostAsJsonAsync(
                "/api/messages",
                new { author = "Ada", text = Text },
                Cancellation
            );
            message.StatusCode.ShouldBe(HttpStatusCode.Created);
            _ids.Add((await message.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("id").ToString());
            using var visit = await client.PostAsync("/api/visits", content: null, Cancellation);
            visit.StatusCode.ShouldBe(HttpStatusCode.OK);
            var visits = await visit.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
            _visits = visits.GetProperty("total").GetInt64();
        }

        public async Task ShouldBeThereAsync(HttpClient client)
        {
            foreach (var id in _ids)
            {
                var message = await client.GetFromJsonAsync<JsonElement>($"/api/messages/{id}", Cancellation);
                message.GetProperty("text").GetString().ShouldBe(Text);
            }

            var visits = await client.GetFromJsonAsync<JsonElement>("/api/visits", Cancellation);
            visits.GetProperty("total").GetInt64().ShouldBe(_visits);
        }
    }
}
