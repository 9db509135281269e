using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Softy.Gateway.Configuration;
using Softy.Tests.Entry;

namespace Softy.Tests.Documentation;

/// <summary><c>docs/settings.md</c> matches the code, and contains every setting.</summary>
public sealed partial class SettingsDocumentTests
{
    private const string Write = "SOFTY_WRITE_DOCS";

    private static readonly string _path = Path.Combine(Sources.Root, "docs", "settings.md");

    // Keys that belong to Aspire, the .NET SDK, IDEs, Kestrel and OpenTelemetry.
    private static readonly string[] _foreignKeys =
    [
        "DcpPublisher:WaitForResourceCleanup",
        "DcpPublisher:RandomizePorts",
        "DcpPublisher:ContainerRuntime",
        "ASPIRE_CONTAINER_RUNTIME",
        "DOTNET_ASPIRE_CONTAINER_RUNTIME",
        "DOTNET_WATCH",
        "DEBUG_SESSION_PORT",
        "OTEL_SERVICE_NAME",
        "Kestrel:Endpoints",
    ];

    [Fact]
    public async Task The_document_matches_the_code()
    {
        var composed = SettingsDocument.Compose();
        if (Environment.GetEnvironmentVariable(Write) is { Length: > 0 })
        {
            await File.WriteAllTextAsync(_path, composed, Cancellation);
        }

        var kept = File.Exists(_path) ? await File.ReadAllTextAsync(_path, Cancellation) : "";
        kept.ShouldBe(
            composed,
            $"docs/settings.md is stale. Write it anew: {Write}=1 dotnet test Softy.Tests --filter SettingsDocument"
        );
    }

    [Fact]
    public void Every_setting_has_a_default_a_range_and_a_meaning()
    {
        foreach (var setting in SettingsCatalog.All())
        {
            setting.Default.ShouldNotBeEmpty(setting.Key);
            setting.Allowed.ShouldNotBeEmpty(setting.Key);
            setting.Meaning.ShouldEndWith(".", customMessage: setting.Key);
        }
    }

    [Fact]
    public void Every_key_that_the_gateway_knows_is_in_the_document()
    {
        var sections = SettingsCatalog.GatewaySections();
        var known = new KnownKeys(sections);
        var keys = typeof(KnownKeys)
            .GetFields(BindingFlags.NonPublic | BindingFlags.Instance)
            .Where(field => field.FieldType == typeof(HashSet<string>))
            .SelectMany(field => (HashSet<string>)field.GetValue(known)!)
            .ToList();

        var documented = SettingsCatalog
            .All()
            .Select(setting => setting.Key.Split(":<")[0])
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        keys.ShouldContain("Gateway:Limits:MaxEventStreams");
        keys.Where(key => !documented.Contains(key)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_key_in_the_document_is_one_that_the_gateway_accepts()
    {
        var known = new KnownKeys(SettingsCatalog.GatewaySections());
        var values = SettingsCatalog
            .Gateway()
            .SelectMany(group => group.Settings)
            .Select(setting => setting.Key.Replace("<n>", "0", StringComparison.Ordinal))
            .Select(key => KeyValuePair.Create(key, (string?)"0"));

        known.FindUnknown(new ConfigurationBuilder().AddInMemoryCollection(values).Build()).ShouldBeEmpty();
    }

    /// <summary>The generator cannot find a key that code reads by its name, because it belongs to no class.</summary>
    [Fact]
    public void Every_key_that_code_reads_by_its_name_is_in_the_document()
    {
        var documented = SettingsDocument.Compose();
        var keys = Sources.Code().SelectMany(KeysIn).Distinct(StringComparer.Ordinal).Except(_foreignKeys).ToList();

        keys.ShouldContain("DB_HOST");
        keys.ShouldContain("Settings:File");
        keys.Where(key => !documented.Contains($"`{key}`", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_class_that_is_bound_to_a_section_is_in_the_document()
    {
        var bound = Sources
            .Code()
            .SelectMany(code => Binding().Matches(code))
            .Select(match => match.Groups["section"].Value);

        bound
            .Distinct(StringComparer.Ordinal)
            .ShouldBe(SettingsCatalog.OptionsNames().Select(name => $"{name}.SectionName"), ignoreOrder: true);
    }

    private static IEnumerable<string> KeysIn(string code)
    {
        var constants = Constant()
            .Matches(code)
            .ToLookup(match => match.Groups["name"].Value, match => match.Groups["value"].Value);
        return KeyInCode()
            .Matches(code)
            .SelectMany(match =>
                match.Groups["key"] is { Success: true } key ? [key.Value] : constants[match.Groups["name"].Value]
            );
    }

    [GeneratedRegex(
        @"(onfiguration\[|\bGetValue(<\w+>)?\(|\bGetSection\(|\(\s*configuration,\s*)"
            + """("(?<key>[^"]+)"|(?<name>[A-Z]\w*)\b)""",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000
    )]
    private static partial Regex KeyInCode();

    [GeneratedRegex(
        """const string (?<name>\w+) = "(?<value>[^"]+)";""",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000
    )]
    private static partial Regex Constant();

    [GeneratedRegex(
        @"AddSettings<\w+>\(\s*(?<section>[\w.]+),",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000
    )]
    private static partial Regex Binding();
}
