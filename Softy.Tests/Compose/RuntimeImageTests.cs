using Softy.Tests.Entry;

namespace Softy.Tests.Compose;

/// <summary>
/// An image whose service is compiled while it runs, built as docs/native.md says. It takes a minute, so it runs with
/// the tests on Docker Swarm.
/// </summary>
[Trait("Category", "Swarm")]
public sealed class RuntimeImageTests : IAsyncLifetime
{
    private static readonly string _image = $"{ComposeApp.Project}-runtime";

    public async ValueTask InitializeAsync() => await EngineHost.BringRuntimeImageAsync();

    public async ValueTask DisposeAsync() => await Engine.TryDockerAsync("image", "rm", _image);

    [Fact]
    public async Task The_documented_command_builds_a_gateway_that_is_compiled_while_it_runs()
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Sources.Root, "docs", "native.md"), Cancellation);
        var words = lines.Single(line => line.Contains("--build-arg RUNTIME=aspnet", StringComparison.Ordinal)).Split();
        string[] command = [.. words.SkipWhile(word => word != "build").SkipLast(1)];
        command[command.IndexOf("--tag") + 1] = _image;
        await Engine.DockerAsync([.. command, Sources.Root]);

        var (exitCode, output, error) = await Engine.TryDockerAsync([
            "run",
            "--rm",
            "--network",
            "none",
            "--env",
            "Gateway__Policy=Foo",
            _image,
        ]);

        exitCode.ShouldBe(1, output + error);
        error.ShouldStartWith("Softy.Gateway cannot start: ");
        error.ShouldContain("Gateway:Policy is 'Foo'; ");

        // Fails without the file, which a native program does not have.
        var container = (await Engine.DockerAsync("create", _image)).Trim();
        try
        {
            await Engine.DockerAsync("cp", $"{container}:/app/Softy.Gateway.dll", "-");
        }
        finally
        {
            await Engine.DockerAsync("rm", container);
        }
    }
}
