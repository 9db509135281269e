using System.Collections;
using System.Globalization;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Running;

/// <summary>Says of every kind of resource how it is started.</summary>
internal sealed class ResourceLauncher(
    HostFolders folders,
    OrphanGuard guard,
    ResourceLoggerService logs,
    DistributedApplicationExecutionContext executionContext)
{
    // What the AppHost was told by its own launch profile, and no resource is meant by.
    private static readonly string[] _ownVariables =
        ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "HTTP_PORTS", "URLS", "DOTNET_LAUNCH_PROFILE", "DOTNET_URLS"];

    private static readonly string[] _ownPrefixes = ["ASPIRE_", "DOTNET_RESOURCE_SERVICE_", "Parameters__"];

    private readonly PostgresLauncher _postgres = new(folders, guard);
    private readonly RedisLauncher _redis = new(folders);

    /// <summary>Whether a resource is a process here.</summary>
    public static bool IsProcess(IResource resource) =>
        resource is ProjectResource or ExecutableResource or PostgresServerResource or RedisResource;

    /// <summary>Looks for what a start would need and nothing but a user can bring.</summary>
    /// <exception cref="DistributedApplicationException">Something is missing.</exception>
    public static void CheckPrerequisites(IResource resource)
    {
        switch (resource)
        {
            case PostgresServerResource postgres:
                PostgresLauncher.FindBinaries(postgres);
                break;
            case RedisResource redis:
                RedisLauncher.FindProgram(redis);
                break;
            case ProjectResource project:
                FindOutput(project);
                break;
        }
    }

    /// <summary>Prepares the start of a process.</summary>
    public Task<LaunchPlan> PlanAsync(IResource resource, CancellationToken cancellationToken) => resource switch
    {
        ProjectResource project => PlanAsync(project, cancellationToken),
        ExecutableResource executable => PlanAsync(executable, cancellationToken),
        PostgresServerResource postgres => _postgres.PlanAsync(postgres, logs.GetLogger(postgres), cancellationToken),
        RedisResource redis => _redis.PlanAsync(redis, cancellationToken),
        _ => throw new InvalidOperationException($"The resource '{resource.Name}' is no process."),
    };

    private static IProjectMetadata Metadata(ProjectResource project) => project.Annotations.OfType<IProjectMetadata>().Last();

    private static string FindOutput(ProjectResource project)
    {
        var metadata = Metadata(project);
        var output = DistributedApplicationBuilder.Metadata(
            metadata.GetType().Assembly, $"projectoutput:{metadata.ProjectPath}");
        return output is not null && File.Exists(output)
            ? output
            : throw new DistributedApplicationException(
                $"The project '{metadata.ProjectPath}' of '{project.Name}' is not built: '{output}' does not exist. Run: dotnet build");
    }

    private static string? FindCommand(ExecutableResource executable) =>
        executable.Command.Contains('/', StringComparison.Ordinal)
            ? Path.GetFullPath(Path.Combine(executable.WorkingDirectory, executable.Command)) is var path && File.Exists(path) ? path : null
            : Programs.Find(Programs.SearchPath, executable.Command);

    private async Task<LaunchPlan> PlanAsync(ProjectResource project, CancellationToken cancellationToken)
    {
        var variables = await VariablesAsync(project, cancellationToken);
        var urls = project.Annotations.OfType<EndpointAnnotation>()
            .Where(endpoint => endpoint.UriScheme is "http" && endpoint.TargetPortEnvironmentVariable is null)
            .Select(endpoint => endpoint.AllocatedEndpoint!.UriString);
        variables.TryAdd("ASPNETCORE_URLS", string.Join(';', urls));

        var projectPath = Metadata(project).ProjectPath;
        return new LaunchPlan
        {
            Process = new ProcessStart
            {
                FileName = Programs.DotNet,
                Arguments = [FindOutput(project), .. await ArgumentsAsync(project, cancellationToken)],
                WorkingDirectory = Path.GetDirectoryName(projectPath)!,
                Environment = Inherit(variables),
            },
            ResourceType = "Project",
            Variables = variables,
            ProjectPath = projectPath,
        };
    }

    private async Task<LaunchPlan> PlanAsync(ExecutableResource executable, CancellationToken cancellationToken)
    {
        var variables = await VariablesAsync(executable, cancellationToken);
        return new LaunchPlan
        {
            Process = new ProcessStart
            {
                FileName = FindCommand(executable) ?? throw new DistributedApplicationException(
                    $"The program '{executable.Command}' of '{executable.Name}' was not found."),
                Arguments = await ArgumentsAsync(executable, cancellationToken),
                WorkingDirectory = executable.WorkingDirectory,
                Environment = Inherit(variables),
            },
            ResourceType = "Executable",
            Variables = variables,
        };
    }

    private async Task<Dictionary<string, string>> VariablesAsync(IResource resource, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(executionContext, resource, cancellationToken: cancellationToken);
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            if (endpoint.TargetPortEnvironmentVariable is { } variable)
            {
                context.EnvironmentVariables[variable] = endpoint.AllocatedEndpoint!.Port.ToString(CultureInfo.InvariantCulture);
            }
        }

        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(context);
        }

        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            if (await ResolveAsync(value, cancellationToken) is { } text)
            {
                variables[name] = text;
            }
        }

        return variables;
    }

    private static async Task<IReadOnlyList<string>> ArgumentsAsync(IResource resource, CancellationToken cancellationToken)
    {
        var context = new CommandLineArgsCallbackContext([], cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        var arguments = new List<string>();
        foreach (var value in context.Args)
        {
            arguments.Add(await ResolveAsync(value, cancellationToken) ?? string.Empty);
        }

        return arguments;
    }

    private static async ValueTask<string?> ResolveAsync(object value, CancellationToken cancellationToken) =>
        value is IValueProvider provider ? await provider.GetValueAsync(cancellationToken) : value.ToString();

    private static Dictionary<string, string> Inherit(Dictionary<string, string> variables)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (!_ownVariables.Contains(name, StringComparer.OrdinalIgnoreCase)
                && !_ownPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                all[name] = (string?)variable.Value ?? string.Empty;
            }
        }

        foreach (var (name, value) in variables)
        {
            all[name] = value;
        }

        return all;
    }
}
