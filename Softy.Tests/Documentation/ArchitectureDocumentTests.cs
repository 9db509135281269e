using System.Text.RegularExpressions;
using Softy.Tests.Entry;

namespace Softy.Tests.Documentation;

/// <summary>
/// Everything that <c>docs/architecture.md</c> names exists, so that renames in the code do not make it stale.
/// </summary>
public sealed partial class ArchitectureDocumentTests
{
    private static readonly string _docs = Path.Combine(Sources.Root, "docs");
    private static readonly string _text = File.ReadAllText(Path.Combine(_docs, "architecture.md"));

    // Paths are relative to the root of the repository or to one of the projects.
    private static readonly string[] _roots =
    [
        "",
        "Softy.AppHost",
        "Softy.Api",
        "Softy.Gateway",
        "Softy.ServiceDefaults",
        "Softy.Web",
    ];

    [Fact]
    public void Every_file_that_it_names_exists()
    {
        var names = InCode()
            .Matches(_text)
            .Select(match => match.Groups["code"].Value)
            .Where(name => Path.GetExtension(name) is ".cs" or ".sh")
            .ToList();

        names.ShouldContain("Failover/ProxiedRequest.cs");
        names.Where(name => !_roots.Any(root => File.Exists(Path.Combine(Sources.Root, root, name)))).ShouldBeEmpty();
    }

    [Fact]
    public void Every_setting_that_it_names_exists()
    {
        var keys = SettingsCatalog.All().Select(setting => setting.Key).ToList();
        var sections = keys.Select(key => key.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        var names = InCode()
            .Matches(_text)
            .Select(match => match.Groups["code"].Value)
            .Where(name => name.Contains(':', StringComparison.Ordinal) && sections.Contains(name.Split(':')[0]))
            .ToList();

        names.ShouldContain("Gateway:Failover:Deadline");
        names
            .Where(name => !keys.Any(key => key == name || key.StartsWith($"{name}:", StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Every_link_leads_somewhere()
    {
        var links = Link().Matches(_text).Select(match => match.Groups["link"].Value).ToList();

        links.ShouldContain("settings.md");
        links.Where(link => !Exists(link)).ShouldBeEmpty();

        static bool Exists(string link)
        {
            var parts = link.Split('#');
            var file = Path.Combine(_docs, parts[0]);
            return File.Exists(file)
                && (
                    parts.Length == 1
                    || File.ReadLines(file).Where(line => line.StartsWith('#')).Any(line => Anchor(line) == parts[1])
                );
        }
    }

    // The anchor that GitHub gives a heading.
    private static string Anchor(string heading) =>
        NotInAnchor().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex("`(?<code>[^`\n]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InCode();

    [GeneratedRegex(@"\]\((?<link>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotInAnchor();
}
