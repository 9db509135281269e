using System.Text.Json;
using System.Xml.Linq;
using Softy.Tests.Compose;
using Softy.Tests.Entry;

namespace Softy.Tests.Publishing;

/// <summary>Publishing with Aspire's command-line tool, and Aspire's manifest.</summary>
public sealed class PublisherTests
{
    [Fact]
    public async Task The_Aspire_tool_writes_the_same_files()
    {
        using var published = await Deployment.CreateAsync();
        using var other = new Deployment();
        File.Copy(published.VariablesPath, other.VariablesPath); // for its secrets
        var tools = Path.Combine(other.Folder, "tools");
        await Command.RunAsync(
            "dotnet",
            ["tool", "install", "Aspire.Cli", "--version", AspireVersion, "--tool-path", tools]
        );

        await Command.RunAsync(
            Path.Combine(tools, "aspire"),
            [
                "publish",
                "--apphost",
                Path.Combine(Sources.Root, "Softy.AppHost", "Softy.AppHost.csproj"),
                "--output-path",
                other.Folder,
                "--no-build",
                "--non-interactive",
                "--nologo",
            ],
            environment: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "true",
                ["HOME"] = other.Folder,
                ["DOTNET_CLI_HOME"] = other.Folder,
            }
        );

        (await File.ReadAllTextAsync(other.ComposePath, Cancellation)).ShouldBe(published.Compose);
        (await File.ReadAllTextAsync(other.VariablesPath, Cancellation)).ShouldBe(
            await File.ReadAllTextAsync(published.VariablesPath, Cancellation)
        );
    }

    [Fact]
    public async Task The_manifest_of_Aspire_lists_every_resource()
    {
        using var deployment = new Deployment();
        var path = Path.Combine(deployment.Folder, "aspire-manifest.json");

        await Command.RunAsync(
            "dotnet",
            [Deployment.AppHost, "--operation", "publish", "--publisher", "manifest", "--output-path", path]
        );

        using var manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(path, Cancellation));
        var resources = manifest.RootElement.GetProperty("resources");
        string[] model =
        [
            "postgres",
            "softydb",
            "redis",
            "web",
            "api",
            "gateway",
            "postgres-password",
            "redis-password",
        ];
        model.ShouldBeSubsetOf(resources.EnumerateObject().Select(resource => resource.Name));
        var endpoint = resources.GetProperty("gateway").GetProperty("bindings").GetProperty("http");
        endpoint.GetProperty("targetPort").GetInt32().ShouldBe(8080);
        Directory.EnumerateFiles(deployment.Folder).ShouldBe([path]); // and nothing for Compose
    }

    private static string AspireVersion =>
        XDocument
            .Load(Path.Combine(Sources.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .Single(package => package.Attribute("Include")!.Value == "Aspire.Hosting.AppHost")
            .Attribute("Version")!
            .Value;
}
