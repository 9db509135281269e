using System.Diagnostics;
using System.Globalization;

namespace Softy.Tests.Faults;

/// <summary>A separate wall clock for every process, by libfaketime. The monotonic clock does not change.</summary>
internal sealed class Clocks : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("softy-clocks-");
    private readonly string _library = FindLibrary();

    /// <summary>Gives resources their own clocks.</summary>
    public void Give(IDistributedApplicationTestingBuilder builder, IReadOnlyCollection<string> resources)
    {
        foreach (
            var resource in builder
                .Resources.Where(resource => resources.Contains(resource.Name))
                .OfType<IResourceWithEnvironment>()
        )
        {
            Set(resource.Name, TimeSpan.Zero);
            builder
                .CreateResourceBuilder(resource)
                .WithEnvironment("LD_PRELOAD", _library)
                .WithEnvironment("FAKETIME_TIMESTAMP_FILE", PathOf(resource.Name))
                .WithEnvironment("FAKETIME_CACHE_DURATION", "1")
                .WithEnvironment("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                // With this fix, .NET's timed waits would return at once.
                .WithEnvironment("FAKETIME_FORCE_MONOTONIC_FIX", "0");
        }
    }

    /// <summary>Sets the offset of a clock; the process notices within two seconds.</summary>
    public void Set(string resource, TimeSpan offset)
    {
        // The file is replaced atomically, because a process ends when it reads an incomplete one.
        var draft = PathOf(resource) + ".draft";
        File.WriteAllText(draft, string.Create(CultureInfo.InvariantCulture, $"{offset.TotalSeconds:+0;-0}\n"));
        File.Move(draft, PathOf(resource), overwrite: true);
    }

    /// <summary>
    /// Also removes files that the library left behind for killed processes. No process with such a clock may run any
    /// more.
    /// </summary>
    public void Dispose()
    {
        _folder.Delete(recursive: true);
        foreach (var file in Directory.EnumerateFiles("/dev/shm", "*faketime_s*_*"))
        {
            if (!Directory.Exists($"/proc/{file[(file.LastIndexOf('_') + 1)..]}"))
            {
                File.Delete(file);
            }
        }
    }

    private string PathOf(string resource) => Path.Combine(_folder.FullName, resource);

    /// <summary>The path of the library, from the program that comes with it.</summary>
    private static string FindLibrary()
    {
        try
        {
            using var faketime = Process.Start(
                new ProcessStartInfo("faketime", ["-f", "+0", "printenv", "LD_PRELOAD"])
                {
                    UseShellExecute = false,
                    RedirectStandardOutput = true,
                }
            )!;
            return faketime.StandardOutput.ReadToEnd().Trim();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new InvalidOperationException(
                "The program 'faketime' is missing; './softy setup' installs it, as does: "
                    + "apt-get install --no-install-recommends faketime",
                exception
            );
        }
    }
}
