using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Softy.Tests.Application;

namespace Softy.Tests.AppHost;

/// <summary>What a plain build runs with: .NET's defaults, but for the kind of garbage collector.</summary>
public sealed class ShippedSettingsTests(SharedApp softy) : SharedTest(softy)
{
    private static readonly string[] _tuned =
    [
        "System.GC.Gen0MaxBudget",
        "System.GC.Concurrent",
        "Softy.InlineSockets",
        "Softy.SocketQueues",
    ];

    [Theory]
    [InlineData("api-1")]
    [InlineData("web")]
    [InlineData("gateway")]
    public void A_plain_build_has_none_of_the_options_that_images_are_tuned_with(string service)
    {
        var process = App.ProcessId(service).ToString(CultureInfo.InvariantCulture);
        var program = File.ResolveLinkTarget($"/proc/{process}/exe", returnFinalTarget: true)!.FullName;
        using var options = JsonDocument.Parse(File.ReadAllText($"{program}.runtimeconfig.json"));

        var properties = options.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");
        properties.EnumerateObject().Select(property => property.Name).ShouldNotContain(name => _tuned.Contains(name));
        properties.GetProperty("System.GC.Server").GetBoolean().ShouldBeFalse();
        // By default, .NET has one thread that polls up to some thirty cores' sockets and passes the work on.
        SocketThreadsOf(service).ShouldBeLessThanOrEqualTo((Environment.ProcessorCount + 29) / 30);
    }

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
