using YamlDotNet.RepresentationModel;

namespace Softy.Tests.Publishing;

/// <summary>Reads compose files, so that tests compare their values rather than their text.</summary>
internal static class ComposeYamlFile
{
    public static YamlNode Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.ShouldHaveSingleItem().RootNode;
    }

    /// <summary>One line for each value: its path, with keys in the order of the file, and the value.</summary>
    public static IEnumerable<string> Flatten(string text) => Flatten(string.Empty, Parse(text));

    private static IEnumerable<string> Flatten(string path, YamlNode node) =>
        node switch
        {
            YamlMappingNode map => map.SelectMany(entry => Flatten($"{path}/{entry.Key}", entry.Value)),
            YamlSequenceNode list => list.SelectMany((item, index) => Flatten($"{path}[{index}]", item)),
            _ => [$"{path} = {node}"],
        };
}
