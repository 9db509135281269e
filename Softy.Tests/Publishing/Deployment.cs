using Softy.Tests.Compose;
using YamlDotNet.RepresentationModel;

namespace Softy.Tests.Publishing;

/// <summary>A folder to which the AppHost publishes, in a separate process.</summary>
internal sealed class Deployment : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("softy-deployment-").FullName;

    public string ComposePath => Path.Combine(Folder, "docker-compose.yaml");

    public string VariablesPath => Path.Combine(Folder, ".env");

    public string Compose => File.ReadAllText(ComposePath);

    public IReadOnlyDictionary<string, string> Variables =>
        File.ReadLines(VariablesPath)
            .Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    /// <summary>The keys that the file contains as comments, so that users can enable them.</summary>
    public IEnumerable<string> Suggestions =>
        File.ReadLines(VariablesPath)
            .Where(line => line.StartsWith('#') && !line.StartsWith("# ", StringComparison.Ordinal))
            .Select(line => line[1..].Split('=', 2)[0]);

    public static string AppHost { get; } =
        Path.Combine(
            AppContext.BaseDirectory.Replace("Softy.Tests", "Softy.AppHost", StringComparison.Ordinal),
            "Softy.AppHost.dll"
        );

    public static async Task<Deployment> CreateAsync(params string[] arguments)
    {
        var deployment = new Deployment();
        await deployment.PublishAsync(arguments);
        return deployment;
    }

    public async Task PublishAsync(params string[] arguments)
    {
        var (exitCode, output) = await TryPublishAsync(arguments);
        exitCode.ShouldBe(0, output);
    }

    public async Task<(int ExitCode, string Output)> TryPublishAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await Command.TryRunAsync(
            "dotnet",
            [AppHost, "--operation", "publish", "--step", "publish", "--output-path", Folder, .. arguments]
        );
        return (exitCode, output + error);
    }

    /// <summary>Finds the node at a path, such as <c>services/api/image</c>; null if there is none.</summary>
    public YamlNode? Find(string path)
    {
        var node = ComposeYamlFile.Parse(Compose);
        foreach (var key in path.Split('/'))
        {
            if (node is not YamlMappingNode map || !map.Children.TryGetValue(key, out node))
            {
                return null;
            }
        }

        return node;
    }

    public string Value(string path) => Find(path).ShouldBeOfType<YamlScalarNode>(path).Value!;

    public string[] List(string path) =>
        [.. Find(path).ShouldBeOfType<YamlSequenceNode>(path).Select(item => ((YamlScalarNode)item).Value!)];

    public string[] Keys(string path) =>
        [.. Find(path).ShouldBeOfType<YamlMappingNode>(path).Children.Keys.Select(key => ((YamlScalarNode)key).Value!)];

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
