using System.Globalization;

namespace Softy.Tests.Compose;

/// <summary>Images are built with the options of the runtime that docs/tuning.md describes.</summary>
[Trait("Category", "Deployment")]
public sealed class TuningTests(ComposeApp compose) : ComposeTest(compose)
{
    [Theory]
    [InlineData("api", true)]
    [InlineData("web", true)]
    [InlineData("gateway", false)]
    public async Task Each_service_has_the_options_that_suit_it(string service, bool hasBudget)
    {
        var container = (await Compose.ContainersAsync(service))[0];
        var file = Path.GetTempFileName();
        await Engine.DockerAsync("cp", $"{container.Id}:/app/service", file);
        // A native program has the options as text.
        var program = await File.ReadAllBytesAsync(file, Cancellation);
        File.Delete(file);

        (program.AsSpan().IndexOf("4194304"u8) >= 0).ShouldBe(hasBudget);
        (program.AsSpan().IndexOf("Softy.SocketQueues"u8) >= 0).ShouldBe(!hasBudget);
    }

    // .NET either has one thread that polls sockets and passes work to other threads, or one for each core that also
    // does the work.
    [Theory]
    [InlineData("api", true)]
    [InlineData("web", true)]
    [InlineData("gateway", false)]
    public async Task Services_behind_the_gateway_answer_on_the_thread_that_reads(string service, bool isInline)
    {
        var container = (await Compose.ContainersAsync(service))[0];

        var threads = await Engine.ShellAsync(
            string.Create(CultureInfo.InvariantCulture, $"cat /proc/{container.ProcessId}/task/*/comm")
        );

        var sockets = threads.Split('\n').Count(name => name.Trim() == ".NET Sockets");
        sockets.ShouldBe(isInline ? Environment.ProcessorCount : (Environment.ProcessorCount + 29) / 30);
    }
}
