using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Softy.Tests.Application;

namespace Softy.Tests.AppHost;

/// <summary>The settings that made the benchmark faster are part of the build, and not only of the benchmark.</summary>
public sealed class ShippedSettingsTests(SharedApp softy) : SharedTest(softy)
{
    [Theory]
    [InlineData("api-1", 4 * 1024 * 1024)]
    [InlineData("web", 4 * 1024 * 1024)]
    [InlineData("gateway", null)]
    public void Services_let_idle_threads_sleep_and_keep_little_memory(string service, int? budget)
    {
        var process = App.ProcessId(service).ToString(CultureInfo.InvariantCulture);
        var program = File.ResolveLinkTarget($"/proc/{process}/exe", returnFinalTarget: true)!.FullName;
        using var settings = JsonDocument.Parse(File.ReadAllText($"{program}.runtimeconfig.json"));

        var properties = settings.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");
        properties.GetProperty("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit").GetInt32().ShouldBe(0);
        properties.GetProperty("System.GC.Server").GetBoolean().ShouldBeFalse();
        var hasBudget = properties.TryGetProperty("System.GC.Gen0MaxBudget", out var bytes);
        (hasBudget ? bytes.GetInt32() : (int?)null).ShouldBe(budget);
    }

    // .NET either has one thread that watches sockets and passes work to other threads, or one for each core that also
    // does the work.
    [Theory]
    [InlineData("api-1")]
    [InlineData("web")]
    public void Services_behind_the_gateway_answer_on_the_thread_that_reads(string service) =>
        SocketThreadsOf(service).ShouldBe(Environment.ProcessorCount);

    [Fact]
    public void The_gateway_does_not_copy_on_the_thread_that_reads() =>
        SocketThreadsOf("gateway").ShouldBeLessThanOrEqualTo((Environment.ProcessorCount + 29) / 30);

    [Fact]
    public async Task A_burst_of_connections_waits_until_the_gateway_accepts_them()
    {
        var room = int.Parse(File.ReadAllText("/proc/sys/net/core/somaxconn"), CultureInfo.InvariantCulture);
        var gateway = App.ProcessId("gateway");
        var clients = Enumerable.Range(0, Math.Min(room / 2, 2_000)).Select(_ => new TcpClient()).ToList();
        AppHostProcess.Signal("STOP", gateway);
        try
        {
            // Linux drops a connection when the queue is full, and the client retries in vain until the process
            // continues.
            await Parallel.ForEachAsync(
                clients,
                Cancellation,
                async (client, cancellationToken) =>
                    await client
                        .ConnectAsync(Softy.GatewayAddress.Host, Softy.GatewayAddress.Port, cancellationToken)
                        .AsTask()
                        .WaitAsync(TimeSpan.FromSeconds(30), cancellationToken)
            );
        }
        finally
        {
            AppHostProcess.Signal("CONT", gateway);
            clients.ForEach(client => client.Dispose());
        }
    }

    private int SocketThreadsOf(string service)
    {
        var process = App.ProcessId(service).ToString(CultureInfo.InvariantCulture);
        return Directory
            .GetDirectories($"/proc/{process}/task")
            .Count(thread => File.ReadAllText(Path.Combine(thread, "comm")).Trim() == ".NET Sockets");
    }
}
