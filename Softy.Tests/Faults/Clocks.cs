using System.Diagnostics;
using System.Globalization;

namespace Softy.Tests.Faults;

/// <summary>
/// A wall clock of its own for every process, by way of libfaketime; the clock that only goes on is left alone.
/// </summary>
internal sealed class Clocks : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("softy-clocks-");
    private readonly string _library = FindLibrary();

    /// <summary>Gives clocks to resources.</summary>
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
                // With it, .NET's timed waits end at once, again and again.
                .WithEnvironment("FAKETIME_FORCE_MONOTONIC_FIX", "0");
        }
    }

    /// <summary>Sets a clock to so much more than the time; the process notices within two seconds.</summary>
    public void Set(string resource, TimeSpan offset)
    {
        // Never half a file: whatever cannot be read ends the process.
        var draft = PathOf(resource) + ".draft";
        File.WriteAllText(draft, string.Create(CultureInfo.InvariantCulture, $"{offset.TotalSeconds:+0;-0}\n"));
        File.Move(draft, PathOf(resource), overwrite: true);
    }

    /// <summary>
    /// Also removes what the library has left of processes that were killed. Nothing that has a clock may run any more.
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

    /// <summary>Where this system has the library, as the program says that comes with it.</summary>
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
