using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>
/// What differs from a normal start: no dashboard, free ports, resource logs in the test's log, and the environment of
/// the AppHost's first launch profile, as <c>dotnet run</c> would have set it.
/// </summary>
internal class TestDefaults(
    Assembly appHost, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure)
    : ITestingHooks
{
    public void OnBuilderCreating(DistributedApplicationOptions options, HostApplicationBuilderSettings settings)
    {
        settings.Args = options.Args = [.. settings.Args ?? [], .. args];
        settings.ApplicationName = options.AssemblyName = appHost.GetName().Name;
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;
        if (ProjectPath() is { } folder && Directory.Exists(folder))
        {
            settings.ContentRootPath = folder;
        }

        settings.Configuration ??= new ConfigurationManager();
        settings.Configuration.AddInMemoryCollection([new("DcpPublisher:RandomizePorts", "true")]);

        configure(options, settings);

        // As arguments, which win over the environment variables of the process that runs the tests.
        var given = new ConfigurationBuilder().AddCommandLine(settings.Args).Build();
        settings.Args =
        [
            .. settings.Args,
            .. LaunchProfile().Where(v => given[v.Key] is null).Select(v => $"--{v.Key}={v.Value}"),
        ];
        options.Args = settings.Args;
    }

    public virtual void OnBuilderCreated(DistributedApplicationBuilder builder)
    {
    }

    public virtual void OnBuilding()
    {
    }

    public virtual void OnBuilt(DistributedApplication application)
    {
    }

    private string? ProjectPath() => appHost.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(m => string.Equals(m.Key, "apphostprojectpath", StringComparison.OrdinalIgnoreCase))?.Value;

    private IEnumerable<KeyValuePair<string, string>> LaunchProfile()
    {
        if (ProjectPath() is not { } folder || Path.Combine(folder, "Properties", "launchSettings.json") is not { } path || !File.Exists(path))
        {
            yield break;
        }

        using var settings = JsonDocument.Parse(File.ReadAllText(path));
        var profile = settings.RootElement.GetProperty("profiles").EnumerateObject().First();
        yield return new("DOTNET_LAUNCH_PROFILE", profile.Name);
        if (!profile.Value.TryGetProperty("environmentVariables", out var variables))
        {
            yield break;
        }

        foreach (var variable in variables.EnumerateObject())
        {
            var value = variable.Value.GetString() ?? string.Empty;
            yield return new(variable.Name, value);
            if (variable.Name.StartsWith("DOTNET_", StringComparison.OrdinalIgnoreCase))
            {
                yield return new(variable.Name["DOTNET_".Length..], value);
            }
        }
    }
}
