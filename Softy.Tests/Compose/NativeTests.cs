using System.Globalization;

namespace Softy.Tests.Compose;

/// <summary>
/// The services of the deployment are native programs, lose nothing by it, and have the options of docs/tuning.md.
/// </summary>
[Trait("Category", "Deployment")]
public sealed class NativeTests(ComposeApp compose) : ComposeTest(compose)
{
    private const string Base = "mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled";
    private const long MaxSize = 40_000_000;

    [Theory]
    [InlineData("api", true)]
    [InlineData("web", true)]
    [InlineData("gateway", false)]
    public async Task An_image_adds_to_its_base_only_a_program_with_the_options_that_suit_it(
        string service,
        bool isBehindGateway
    )
    {
        var container = (await Compose.ContainersAsync(service))[0];
        var folder = Directory.CreateTempSubdirectory("softy-image-");
        await Engine.DockerAsync("cp", $"{container.Id}:/app/.", folder.FullName);
        var files = folder.GetFiles("*", SearchOption.AllDirectories).Select(file => file.Name).ToList();
        // A native program has the options as text.
        var program = await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "service"), Cancellation);
        folder.Delete(recursive: true);

        files.ShouldContain("appsettings.json");
        string[] foreign = [".dll", ".dbg", ".pdb", ".xml", ".so"];
        files.ShouldAllBe(file => !foreign.Contains(Path.GetExtension(file)));
        (await SizeAsync(container.Image) - await SizeAsync(Base)).ShouldBeLessThan(MaxSize);
        (program.AsSpan().IndexOf("4194304"u8) >= 0).ShouldBe(isBehindGateway);
        (program.AsSpan().IndexOf("Softy.SocketQueues"u8) >= 0).ShouldBe(!isBehindGateway);
        // .NET itself knows the name of this option, in every program.
        program.AsSpan().Count("System.GC.Concurrent"u8).ShouldBe(isBehindGateway ? 1 : 2);

        // .NET either has one thread that polls sockets and passes work to other threads, or one for each core that
        // also does the work.
        var threads = await Engine.ShellAsync(
            string.Create(CultureInfo.InvariantCulture, $"cat /proc/{container.ProcessId}/task/*/comm")
        );
        threads
            .Split('\n')
            .Count(name => name.Trim() == ".NET Sockets")
            .ShouldBe(isBehindGateway ? Environment.ProcessorCount : (Environment.ProcessorCount + 29) / 30);
    }

    // The code that binds settings is generated. Where it is missing, a native program ignores them.
    [Fact]
    public async Task Every_kind_of_setting_reaches_the_native_gateway()
    {
        var image = (await Compose.ContainersAsync("gateway"))[0].Image;
        (string Variable, string Value, string Error)[] wrong =
        [
            ("Gateway__Policy", "Foo", "Gateway:Policy is 'Foo'; "),
            ("Gateway__Limits__BurstPerClient", "-1", "Gateway:Limits:BurstPerClient is '-1'; "),
            ("Gateway__Failover__Deadline", "00:00:00", "Gateway:Failover:Deadline is '00:00:00'; "),
            ("Gateway__Forwarded__TrustedProxies__0", "nonsense", "Gateway:Forwarded:TrustedProxies has 'nonsense'; "),
            ("Gateway__Health__Passive__StatusCodes__0", "404", "Gateway:Health:Passive:StatusCodes must hold codes"),
            (
                "Gateway__SecurityHeaders__Headers__Connection",
                "x",
                "Gateway:SecurityHeaders:Headers has 'Connection', "
            ),
            ("Gateway__Discovery__AddressFamily", "Foo", "'Foo' at 'Gateway:Discovery:AddressFamily'"),
            ("services__web__http__0", "nonsense", "services:web:http:0 is 'nonsense'; "),
            ("Gateway__Status__Ports", "1", "Gateway:Status:Ports is not a setting; "),
        ];

        var (exitCode, _, error) = await Engine.TryDockerAsync([
            "run",
            "--rm",
            "--network",
            "none",
            "--env",
            "services__api__http__0=http://api:8080",
            .. wrong.SelectMany(setting => new[] { "--env", $"{setting.Variable}={setting.Value}" }),
            image,
        ]);

        exitCode.ShouldBe(1, error);
        foreach (var setting in wrong)
        {
            error.ShouldContain(setting.Error);
        }

        error
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ShouldAllBe(line => line.StartsWith("Softy.Gateway cannot start: ", StringComparison.Ordinal));
    }

    private static async Task<long> SizeAsync(string image) =>
        long.Parse(
            await Engine.DockerAsync("image", "inspect", "--format", "{{.Size}}", image),
            CultureInfo.InvariantCulture
        );
}
