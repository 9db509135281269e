using System.Collections;
using System.Globalization;
using System.Reflection;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Aspire.Hosting.Docker.Resources;

/// <summary>
/// Writes the model as Aspire does: members that say nothing are left out, and texts are in double quotes, so that none
/// is taken for a number or a truth value.
/// </summary>
internal static class ComposeYaml
{
    public static string Write(ComposeFile file, string lineEndings) => new SerializerBuilder()
        .WithIndentedSequences()
        .WithNewLine(lineEndings)
        .Build()
        .Serialize(ToNode(file));

    private static YamlNode ToNode(object value) => value switch
    {
        string text => new YamlScalarNode(text) { Style = ScalarStyle.DoubleQuoted },
        bool yes => new YamlScalarNode(yes ? "true" : "false"),
        int number => new YamlScalarNode(number.ToString(CultureInfo.InvariantCulture)),
        IDictionary map => Mapping(map.Keys.Cast<string>().Select(key => (key, map[key]))),
        IEnumerable list => new YamlSequenceNode(list.Cast<object>().Select(ToNode)),
        _ => Mapping(Members(value.GetType()).Select(m => (UnderscoredNamingConvention.Instance.Apply(m.Name), m.GetValue(value)))),
    };

    private static YamlMappingNode Mapping(IEnumerable<(string Key, object? Value)> entries) => new(
        entries
            .Where(entry => entry.Value is not (null or ICollection { Count: 0 }))
            .Select(entry => KeyValuePair.Create<YamlNode, YamlNode>(entry.Key, ToNode(entry.Value!))));

    // The name of a service, network or volume is its key.
    private static IEnumerable<PropertyInfo> Members(Type type) => type.GetProperties()
        .Where(member => member.DeclaringType != typeof(NamedComposeMember))
        .OrderBy(member => member.MetadataToken);
}
