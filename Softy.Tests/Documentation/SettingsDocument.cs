using System.Text;

namespace Softy.Tests.Documentation;

/// <summary>Writes <c>docs/settings.md</c> from the settings classes and the comments on them.</summary>
internal static class SettingsDocument
{
    private const string Introduction = """
        <!-- Written by a test: SOFTY_WRITE_DOCS=1 dotnet test Softy.Tests --filter SettingsDocument -->

        # Settings

        Every setting is a key of .NET configuration. The key `Gateway:Limits:MaxEventStreams` can be given as

        * an environment variable: `Gateway__Limits__MaxEventStreams=100` (two underscores for each colon);
        * an argument of the program: `--Gateway:Limits:MaxEventStreams=100`;
        * JSON in the program's `appsettings.json`, or in the file that `Settings:File` names:
          `{ "Gateway": { "Limits": { "MaxEventStreams": 100 } } }`.

        An argument wins over an environment variable, which wins over `appsettings.json`; the file that `Settings:File`
        names wins over all of them. Upper and lower case make no difference in keys. In a list, `<n>` stands for the
        position, from 0. Durations are written as .NET does: `00:00:01.5` is one and a half seconds, and `1.00:00:00`
        is a day.

        In run mode, services inherit the environment of the AppHost. To keep a setting, in a deployment too, add it in
        `Softy.AppHost/AppHost.cs`: `.WithEnvironment("Gateway__Limits__MaxEventStreams", "100")`. What the `.env` of a
        deployment can change is in [deployment.md](deployment.md). Which part of the application uses which setting is
        in [architecture.md](architecture.md).

        A value outside of what is allowed ends the start of the program: exit code 1, and one line on the console that
        names the key, the value and what is allowed. What happens to such a value while the program runs is said below.
        """;

    private const string AppHost = """
        ## The application

        Read once, by `Softy.AppHost`, when the application is started or published. It reads no file that
        `Settings:File` names. An argument that is not an option, or that has no value, is an error.
        """;

    private const string Gateway = """
        ## The gateway

        Read by `Softy.Gateway`, and read again whenever a file with settings changes. Values that are not allowed are
        then refused with an error in the log, and all values of their section stay as they were. A key under `Gateway`
        that is not listed here ends the start, because a misspelt limit would limit nothing.
        """;

    private const string Api = """
        ## The API

        Read by each replica of `Softy.Api` when it starts. Only `Greeting:Message` is read again while it runs.
        """;

    private const string Stores = "### Where the stores are";

    private const string ServiceDefaults = """
        ## Every service

        Read by the gateway, by each replica of the API and by the web site when they start.
        """;

    private const string TableHead = """
        | setting and environment variable | type | default | allowed | meaning |
        | --- | --- | --- | --- | --- |
        """;

    /// <summary>Writes the whole document.</summary>
    public static string Compose()
    {
        var text = new StringBuilder();
        Add(text, Introduction);
        AddProgram(text, AppHost, SettingsCatalog.AppHost());
        AddProgram(text, Gateway, SettingsCatalog.Gateway());
        AddProgram(text, Api, SettingsCatalog.Api());
        Add(text, Stores);
        Add(text, SettingsCatalog.Connections());
        AddProgram(text, ServiceDefaults, SettingsCatalog.ServiceDefaults());
        return text.ToString().TrimEnd() + "\n";
    }

    private static void AddProgram(StringBuilder text, string introduction, IReadOnlyList<SettingsGroup> groups)
    {
        Add(text, introduction);
        foreach (var group in groups.Where(group => group.Settings.Count > 0))
        {
            if (group.Path.Length > 0)
            {
                Add(text, $"### `{group.Path}`");
            }

            Add(text, group.Summary);
            Add(text, string.Join('\n', [TableHead, .. group.Settings.Select(Row)]));
        }
    }

    private static string Row(Setting setting)
    {
        var names = setting.Key == setting.Variable ? $"`{setting.Key}`" : $"`{setting.Key}`<br>`{setting.Variable}`";
        string[] cells = [names, setting.Type, setting.Default, setting.Allowed, setting.Meaning];
        return $"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |";
    }

    private static void Add(StringBuilder text, string paragraph)
    {
        if (paragraph.Length > 0)
        {
            text.Append(paragraph.ReplaceLineEndings("\n")).Append("\n\n");
        }
    }
}
