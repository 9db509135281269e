using System.Diagnostics;

namespace Softy.Tests.Entry;

/// <summary>
/// A machine on which the entry script finds only the programs that a test puts there: an empty environment, a PATH of
/// one folder, an unprivileged user, and a copy of the script with the files that it reads.
/// </summary>
internal sealed class PretendMachine : IDisposable
{
    private static readonly string[] _basics =
    [
        "cat", "chmod", "cp", "cut", "dirname", "du", "env", "find", "grep", "head", "mkdir", "mktemp", "mv", "readlink", "rm",
        "sed", "sh", "sleep", "sort", "tail", "timeout", "tr", "xargs",
    ];

    private readonly string _root = Directory.CreateTempSubdirectory("softy-entry-").FullName;
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    public PretendMachine()
    {
        foreach (var folder in new[] { Bin, Home, Repository, ElsewhereFolder, Path.Combine(Repository, "embedded/Dashboard"), Path.Combine(Repository, "Softy.Tests/Compose") })
        {
            Directory.CreateDirectory(folder);
        }

        foreach (var file in new[]
        {
            "Directory.Build.props", "Directory.Packages.props", "embedded/Dashboard/.npmrc",
            "embedded/Dashboard/package.json", "embedded/Dashboard/package-lock.json",
        })
        {
            File.Copy(Path.Combine(Sources.Root, file), Path.Combine(Repository, file));
        }

        foreach (var script in new[] { "softy", "Softy.Tests/Compose/stand-ins" })
        {
            WriteExecutable(Path.Combine(Repository, script), File.ReadAllText(Path.Combine(Sources.Root, script)));
        }

        foreach (var basic in _basics)
        {
            File.CreateSymbolicLink(Path.Combine(Bin, basic), Find(basic));
        }

        _environment["PATH"] = Bin;
        _environment["HOME"] = Home;

        // Whoever runs the tests, and wherever: the user is not root, and the machine is one that the dashboard is for.
        WriteScript(Path.Combine(Bin, "id"), "echo 1000");
        WriteScript(Path.Combine(Bin, "uname"), "case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac");
    }

    public string Repository => Path.Combine(_root, "softy");

    public string ElsewhereFolder => Path.Combine(_root, "elsewhere");

    private string Bin => Path.Combine(_root, "bin");

    private string Home => Path.Combine(_root, "home");

    private string CallLog => Path.Combine(_root, "calls");

    /// <summary>Every call of a program that the test put there, in order.</summary>
    public string[] Calls => File.Exists(CallLog) ? File.ReadAllLines(CallLog) : [];

    /// <summary>Everything that run and test need, the dashboard and a browser too.</summary>
    public static PretendMachine WithEverything() => new PretendMachine().AddSdk().AddStores().AddBrowser().AddDashboard();

    /// <summary>Puts a program on the PATH that notes how it is called, then runs <paramref name="body"/>.</summary>
    public PretendMachine Add(string program, string body = "exit 0")
    {
        WriteScript(Path.Combine(Bin, program), $"echo \"{program} $*\" >>'{CallLog}'\n{body}");
        return this;
    }

    public PretendMachine AddSdk(string version = "10.0.100", string body = "exit 0")
    {
        var folder = Path.Combine(_root, "dotnet");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
            Remove("dotnet");
        }

        Directory.CreateDirectory(Path.Combine(folder, "sdk", version));
        WriteScript(
            Path.Combine(folder, "dotnet"),
            $"""
            if [ "$1" = --list-sdks ]; then
                echo '{version} [{folder}/sdk]'
                exit
            fi
            echo "dotnet $*" >>'{CallLog}'
            {body}
            """);
        File.CreateSymbolicLink(Path.Combine(Bin, "dotnet"), Path.Combine(folder, "dotnet"));
        return this;
    }

    public PretendMachine AddStores() => Add("initdb").Add("postgres").Add("redis-server");

    /// <summary>A browser, and what else only tests need.</summary>
    public PretendMachine AddBrowser() => Add("chromium").Add("faketime");

    public PretendMachine AddDashboard()
    {
        var file = Path.Combine(Repository, ".softy/dashboard", Sources.DashboardVersion, "managed/aspire-managed");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        WriteScript(file, "exit 0");
        return this;
    }

    /// <summary>Puts what CI runs beside the entry script, and what it needs on the PATH.</summary>
    public PretendMachine AddContinuousIntegration()
    {
        Directory.CreateDirectory(Path.Combine(Repository, ".ci"));
        WriteExecutable(Path.Combine(Repository, ".ci/run"), File.ReadAllText(Path.Combine(Sources.Root, ".ci/run")));
        foreach (var program in (string[])["awk", "bash"])
        {
            File.CreateSymbolicLink(Path.Combine(Bin, program), Find(program));
        }

        return this;
    }

    /// <summary>Installs an Aspire CLI for the user, and returns where its dashboard is.</summary>
    public string AddAspireCli()
    {
        var file = Path.Combine(Home, ".aspire/bundle/managed/aspire-managed");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        WriteScript(file, "exit 0");
        return file;
    }

    public PretendMachine AddAspirePackages()
    {
        foreach (var package in new[] { "aspire.apphost.sdk", "aspire.hosting.apphost" })
        {
            Directory.CreateDirectory(Path.Combine(Home, ".nuget/packages", package, Sources.AspireVersion));
        }

        return this;
    }

    public PretendMachine Remove(string program)
    {
        File.Delete(Path.Combine(Bin, program));
        return this;
    }

    public PretendMachine Set(string variable, string value)
    {
        _environment[variable] = value;
        return this;
    }

    /// <summary>Runs the script from a folder that is not its own.</summary>
    public Task<Outcome> RunAsync(params string[] arguments) =>
        RunAsync(Path.Combine(Repository, "softy"), arguments);

    public async Task<Outcome> RunAsync(string script, string[] arguments)
    {
        var start = new ProcessStartInfo(script, arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = ElsewhereFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return new Outcome(process.Id, process.ExitCode, await output, await error);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string Find(string program) =>
        new[] { "/usr/bin", "/bin", "/usr/local/bin" }
            .Select(folder => Path.Combine(folder, program))
            .First(File.Exists);

    private static void WriteScript(string path, string body) => WriteExecutable(path, $"#!/bin/sh\n{body}\n");

    // A child process writes it. Were it this process, a test that starts a program at the same moment would hand the
    // open file on to it, and the file could not be executed ("text file busy").
    private static void WriteExecutable(string path, string text)
    {
        using var writer = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", "cat >\"$1\" && chmod 755 \"$1\"", "sh", path])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
            })!;
        writer.StandardInput.Write(text);
        writer.StandardInput.Close();
        writer.WaitForExit();
        if (writer.ExitCode != 0)
        {
            throw new IOException($"{path} could not be written.");
        }
    }
}
