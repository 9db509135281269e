using System.Globalization;

namespace Softy.Bench.Contestants;

/// <summary>A kind of programs of the services.</summary>
/// <param name="Name">The name in the report.</param>
/// <param name="NativeFolder">
/// The folder of the native programs; null for programs that .NET compiles while they run.
/// </param>
internal sealed record Build(string Name, string? NativeFolder)
{
    // The runtime with the compiler. A native program has its runtime in itself.
    private const string Runtime = "libcoreclr.so";

    /// <summary>The programs that .NET compiles while they run, which were built together with the benchmark.</summary>
    public static Build Jit { get; } = new("Softy (JIT)", NativeFolder: null);

    /// <summary>The arguments by which the AppHost starts these programs.</summary>
    public IEnumerable<string> Arguments => NativeFolder is null ? [] : [$"--Programs={NativeFolder}"];

    /// <summary>Native programs, which are what the images have.</summary>
    public static Build Native(string folder) => new("Softy", folder);

    /// <summary>The program of a project, and the folder with its settings.</summary>
    public (string Program, string Folder) Find(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        if (NativeFolder is not null)
        {
            return (Path.Combine(NativeFolder, name, name), Path.Combine(NativeFolder, name));
        }

        var folder = Path.GetDirectoryName(project)!;
        var build = new DirectoryInfo(AppContext.BaseDirectory);
        return (Path.Combine(folder, "bin", build.Parent!.Name, build.Name, name), folder);
    }

    /// <summary>Whether a process runs a native program.</summary>
    public static bool IsNative(int process) =>
        !File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/maps"))
            .Contains(Runtime, StringComparison.Ordinal);

    /// <summary>Verifies that a process runs a program of this build, so that no report is about another one.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public void Verify(int process)
    {
        if (IsNative(process) != NativeFolder is not null)
        {
            var id = process.ToString(CultureInfo.InvariantCulture);
            throw new InvalidOperationException(
                $"Process {id} ({new FileInfo($"/proc/{id}/exe").LinkTarget}) is not a program of the build {Name}."
            );
        }
    }
}
