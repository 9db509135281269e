using System.Globalization;
using System.Text.Json;

namespace Softy.Tests.Compose;

/// <summary>Images are built with the options of the runtime that docs/tuning.md describes.</summary>
[Trait("Category", "Deployment")]
public sealed class TuningTests(ComposeApp compose) : ComposeTest(compose)
{
    [Theory]
    [InlineData("api", "Softy.Api", 4 * 1024 * 1024)]
    [InlineData("web", "Softy.Web", 4 * 1024 * 1024)]
    [InlineData("gateway", "Softy.Gateway", null)]
    public async Task Services_behind_the_gateway_keep_little_memory(string service, string program, int? budget)
    {
        var container = (await Compose.ContainersAsync(service))[0];
        var file = Path.GetTempFileName();
        await Engine.DockerAsync("cp", $"{container.Id}:/app/{program}.runtimeconfig.json", file);
        using var options = JsonDocument.Parse(await File.ReadAllTextAsync(file, Cancellation));
        File.Delete(file);

        var properties = options.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");
        var hasBudget = properties.TryGetProperty("System.GC.Gen0MaxBudget", out var bytes);
        (hasBudget ? bytes.GetInt32() : (int?)null).ShouldBe(budget);
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
