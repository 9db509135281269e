using System.Diagnostics;
using System.Globalization;
using Softy.Bench.Contestants;

namespace Softy.Tests.Application;

/// <summary>
/// The programs of the services: those of the plain build, or native ones if the variable <c>SOFTY_NATIVE</c> names
/// the folder that has them (<c>./softy test --native</c>).
/// </summary>
internal static class Programs
{
    /// <summary>The folder of the native programs, or null in a run with those of the plain build.</summary>
    public static string? NativeFolder { get; } =
        Environment.GetEnvironmentVariable("SOFTY_NATIVE") is { Length: > 0 } folder ? folder : null;

    public static bool AreNative => NativeFolder is not null;

    /// <summary>How a service is started, in the folder that has its settings.</summary>
    public static ProcessStartInfo Start(IProjectMetadata project, params string[] arguments)
    {
        var name = Path.GetFileNameWithoutExtension(project.ProjectPath);
        if (AreNative)
        {
            return new ProcessStartInfo(NativeProgram(name), arguments) { WorkingDirectory = NativePath(name) };
        }

        // The same configuration as that of the tests: …/bin/Debug/net10.0/
        var build = new DirectoryInfo(AppContext.BaseDirectory);
        var folder = Path.GetDirectoryName(project.ProjectPath)!;
        var assembly = Path.Combine(folder, "bin", build.Parent!.Name, build.Name, $"{name}.dll");
        return new ProcessStartInfo("dotnet", [assembly, .. arguments]) { WorkingDirectory = folder };
    }

    /// <summary>The arguments by which the AppHost starts these programs.</summary>
    public static string[] Arguments => AreNative ? [$"--Programs={NativeFolder}"] : [];

    /// <summary>Verifies that a process runs a program of the build that this run is about.</summary>
    public static void Verify(int processId)
    {
        var id = processId.ToString(CultureInfo.InvariantCulture);
        Build.IsNative(processId).ShouldBe(AreNative, $"Process {id} is {new FileInfo($"/proc/{id}/exe").LinkTarget}.");
    }

    private static string NativePath(string name) => Path.Combine(NativeFolder!, name);

    private static string NativeProgram(string name)
    {
        var program = Path.Combine(NativePath(name), name);
        return File.Exists(program)
            ? program
            : throw new FileNotFoundException($"There is no native program {program}: run ./softy test --native.");
    }
}
