using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Softy.Tests.Documentation;

/// <summary>The documentation comments of one assembly, from the XML file that the compiler writes beside it.</summary>
internal sealed partial class XmlDocumentation
{
    private readonly Dictionary<string, XElement> _members;

    public XmlDocumentation(Assembly assembly)
    {
        var file = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"));
        _members = file.Descendants("member")
            .ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal);
    }

    /// <summary>The text of a tag in a member's comment, as one line of Markdown; empty without such a tag.</summary>
    public string Of(MemberInfo member, string tag) => Markdown(Find(member)?.Element(tag)?.Nodes() ?? []);

    /// <summary>The configuration key and the meaning of a record's parameter, from its comment.</summary>
    public (string Key, string Meaning) OfParameter(Type record, string parameter)
    {
        var nodes =
            Find(record)
                ?.Elements("param")
                .SingleOrDefault(element => element.Attribute("name")!.Value == parameter)
                ?.Nodes()
                .ToList()
            ?? [];
        return nodes is [XElement { Name.LocalName: "c" } key, ..]
            ? (key.Value, Markdown(nodes.Skip(1)).TrimStart(':', ' '))
            : throw new InvalidOperationException($"The comment on {record}.{parameter} must begin with its key.");
    }

    private XElement? Find(MemberInfo member)
    {
        var type = (member as Type ?? member.DeclaringType!).FullName!.Replace('+', '.');
        var id = member switch
        {
            Type => $"T:{type}",
            FieldInfo => $"F:{type}.{member.Name}",
            _ => $"P:{type}.{member.Name}",
        };
        return _members.GetValueOrDefault(id);
    }

    private static string Markdown(IEnumerable<XNode> nodes) =>
        WhiteSpace().Replace(string.Concat(nodes.Select(Markdown)), " ").Trim();

    private static string Markdown(XNode node) =>
        node switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "c" or "paramref" } code => $"`{code.Attribute("name")?.Value ?? code.Value}`",
            XElement { Name.LocalName: "see" } see when see.Attribute("langword") is { } word => $"`{word.Value}`",
            XElement { Name.LocalName: "see" } see => $"`{see.Attribute("cref")!.Value.Split('.', '(')[^1]}`",
            XElement element => $" {Markdown(element.Nodes())} ",
            _ => "",
        };

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WhiteSpace();
}
