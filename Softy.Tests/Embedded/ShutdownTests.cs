using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Softy.Tests.Application;

namespace Softy.Tests.Embedded;

/// <summary>However the host ends, nothing of it stays behind, and the next start finds the data.</summary>
public sealed class ShutdownTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("INT", 0)]
    [InlineData("TERM", 0)]
    [InlineData("KILL", 137)]
    public async Task No_process_is_left_and_the_data_are_there_at_the_next_start(string signal, int exitCode)
    {
        using var volumes = new OwnVolumes();
        string id;
        await using (var host = AppHostProcess.Start(Arguments(volumes)))
        {
            using var client = new HttpClient { BaseAddress = await host.WaitUntilReadyAsync(Cancellation) };
            id = await PostAsync(client);

            var processes = ProcessTable.DescendantsOf(host.Id);
            processes.ShouldContain(p => p.Command.Contains("postgres -D", StringComparison.Ordinal));
            processes.ShouldContain(p => p.Command.Contains("redis-server", StringComparison.Ordinal));
            processes.ShouldContain(p => p.Command.Contains("Softy.Gateway.dll", StringComparison.Ordinal));

            host.Signal(signal);
            (await host.WaitForExitAsync(Cancellation)).ShouldBe(exitCode, host.Output);
            await ShouldEndAsync(processes);
        }

        await using var again = AppHostProcess.Start(Arguments(volumes));
        using var sameClient = new HttpClient { BaseAddress = await again.WaitUntilReadyAsync(Cancellation) };
        await ShouldBeThereAsync(sameClient, id);
    }

    [Fact]
    public async Task A_start_after_a_crash_of_everything_needs_no_cleaning_up()
    {
        using var volumes = new OwnVolumes();

        // What a first start leaves that was cut off while it made the data folder.
        var draft = Path.Combine(OwnVolumes.Folder, $"{volumes.Prefix}-postgres", "data.draft");
        Directory.CreateDirectory(draft);
        await File.WriteAllTextAsync(Path.Combine(draft, "PG_VERSION"), "half", Cancellation);

        string id;
        await using (var host = AppHostProcess.Start(Arguments(volumes)))
        {
            using var client = new HttpClient { BaseAddress = await host.WaitUntilReadyAsync(Cancellation) };
            id = await PostAsync(client);

            // The server has no chance to take its lock file away, nor has the host to stop it.
            var processes = ProcessTable.DescendantsOf(host.Id);
            foreach (var server in processes.Where(p => p.Command.Contains("postgres -D", StringComparison.Ordinal)
                || p.Command.Contains("redis-server", StringComparison.Ordinal)))
            {
                AppHostProcess.Signal("KILL", server.Id);
            }

            host.Signal("KILL");
            await host.WaitForExitAsync(Cancellation);
            await ShouldEndAsync(processes);
        }

        File.Exists(Path.Combine(OwnVolumes.Folder, $"{volumes.Prefix}-postgres", "data", "postmaster.pid")).ShouldBeTrue();
        await using var again = AppHostProcess.Start(Arguments(volumes));
        using var sameClient = new HttpClient { BaseAddress = await again.WaitUntilReadyAsync(Cancellation) };
        await ShouldBeThereAsync(sameClient, id);
    }

    private static string[] Arguments(OwnVolumes volumes) =>
        [$"--Volumes={volumes.Prefix}", "--Replicas=1", "--DcpPublisher:RandomizePorts=true"];

    private static async Task<string> PostAsync(HttpClient client)
    {
        using var response = await client.PostAsJsonAsync("/api/messages", new { author = "Ada", text = "here" }, Cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("id").ToString();
    }

    private static async Task ShouldBeThereAsync(HttpClient client, string id)
    {
        using var response = await client.GetAsync($"/api/messages/{id}", Cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task ShouldEndAsync(IReadOnlyList<ProcessEntry> processes)
    {
        // Promised are five seconds. How long it takes on a busy machine is told.
        var took = await Eventually.Async(() => ProcessTable.StillThere(processes).Count == 0, "no process is left");
        TestContext.Current.TestOutputHelper!.WriteLine($"Nothing was left {took.TotalSeconds:F2} s after the end of the host.");
    }
}
