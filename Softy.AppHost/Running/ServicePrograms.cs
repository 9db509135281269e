using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Softy.AppHost.Running;

/// <summary>Finds the programs of the services.</summary>
internal static class ServicePrograms
{
    /// <summary>The key of <see cref="AppHostOptions.Programs"/>.</summary>
    public const string Key = "Programs";

    private static readonly string[] _services = ["Softy.Api", "Softy.Gateway", "Softy.Web"];

    /// <summary>Reads the full path of the folder that has all services' programs.</summary>
    /// <returns>The folder, or null if the programs are those that were built with the AppHost.</returns>
    public static string? ReadFolder(IConfiguration configuration) =>
        configuration[Key] is { } folder ? Path.GetFullPath(folder, Environment.CurrentDirectory) : null;

    /// <summary>Finds the first program that a folder should have but has not.</summary>
    /// <returns>Its path within the folder, or null if the folder has all of them.</returns>
    public static string? FindMissing(string folder) =>
        _services.Select(PathOf).FirstOrDefault(program => !File.Exists(Path.Combine(folder, program)));

    /// <summary>The program of a project.</summary>
    /// <param name="project">The path of the project file.</param>
    /// <param name="programs">
    /// The folder of all services' programs; null for the program that was built with the AppHost.
    /// </param>
    public static string Find(string project, string? programs)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        return programs is null
            ? Path.Combine(Path.GetDirectoryName(project)!, OutputPath(), Executable(name))
            : Path.Combine(programs, PathOf(name));
    }

    private static string PathOf(string service) => Path.Combine(service, Executable(service));

    private static string Executable(string name) => OperatingSystem.IsWindows() ? $"{name}.exe" : name;

    private static string OutputPath() =>
        typeof(ServicePrograms)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "OutputPath")
            .Value!.Replace('\\', Path.DirectorySeparatorChar);
}
