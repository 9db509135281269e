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
        "cat",
        "chmod",
        "cut",
        "dirname",
        "env",
        "find",
        "mkdir",
        "paste",
        "readlink",
        "rm",
        "sed",
        "sh",
        "sleep",
        "timeout",
        "touch",
        "xargs",
    ];

    private readonly string _root = Directory.CreateTempSubdirectory("softy-entry-").FullName;

    public PretendMachine()
    {
        foreach (var folder in new[] { Bin, Home, Repository, ElsewhereFolder })
        {
            Directory.CreateDirectory(folder);
        }

        foreach (var file in new[] { "Directory.Packages.props", "Softy.Tests/Softy.Tests.csproj" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Repository, file))!);
            File.Copy(Path.Combine(Sources.Root, file), Path.Combine(Repository, file));
        }

        WriteExecutable(Path.Combine(Repository, "softy"), File.ReadAllText(Path.Combine(Sources.Root, "softy")));

        foreach (var basic in _basics)
        {
            File.CreateSymbolicLink(Path.Combine(Bin, basic), Find(basic));
        }

        // The user is not root, and the system is Debian, independent of the machine that runs the tests.
        WriteScript(Path.Combine(Bin, "id"), "echo 1000");
        WriteSystem("debian");
    }

    public string Repository => Path.Combine(_root, "softy");

    public string ElsewhereFolder => Path.Combine(_root, "elsewhere");

    private string Bin => Path.Combine(_root, "bin");

    private string Home => Path.Combine(_root, "home");

    private string CallLog => Path.Combine(_root, "calls");

    /// <summary>Every call of a program that the test put there, in order.</summary>
    public string[] Calls => File.Exists(CallLog) ? File.ReadAllLines(CallLog) : [];

    /// <summary>A machine with everything that run and test need, except a Docker Engine.</summary>
    public static PretendMachine WithEverything() =>
        new PretendMachine()
            .AddSdk()
            .Add("initdb")
            .Add("postgres")
            .Add("redis-server")
            .Add("chromium")
            .Add("google-chrome")
            .Add("faketime")
            .Add("npm")
            .Add("clang");

    /// <summary>Adds a program to the PATH that records its arguments, then runs <paramref name="body"/>.</summary>
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
            """
        );
        File.CreateSymbolicLink(Path.Combine(Bin, "dotnet"), Path.Combine(folder, "dotnet"));
        return this;
    }

    /// <summary>Makes the system Ubuntu.</summary>
    public PretendMachine OnUbuntu()
    {
        // A build leaves this folder; the script needs it to fetch a browser.
        Directory.CreateDirectory(Path.Combine(Repository, "docs/pictures/obj"));
        WriteSystem("ubuntu");
        return this;
    }

    /// <summary>Adds the script that CI runs, and the programs that it needs.</summary>
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

    public PretendMachine Remove(string program)
    {
        File.Delete(Path.Combine(Bin, program));
        return this;
    }

    /// <summary>Runs the script from another folder.</summary>
    public Task<Outcome> RunAsync(params string[] arguments) => RunAsync(Path.Combine(Repository, "softy"), arguments);

    public async Task<Outcome> RunAsync(string script, string[] arguments)
    {
        // The process that runs the tests may ignore the signal, as nohup does, and a shell cannot undo that for
        // itself.
        var start = new ProcessStartInfo("/usr/bin/env", ["--default-signal=HUP", script, .. arguments])
        {
            UseShellExecute = false,
            WorkingDirectory = ElsewhereFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Bin;
        start.Environment["HOME"] = Home;

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(Cancellation);
            var error = process.StandardError.ReadToEndAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            return new Outcome(process.Id, process.ExitCode, await output, await error);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    // The script uses grep to find out the distribution.
    private void WriteSystem(string id) =>
        WriteScript(
            Path.Combine(Bin, "grep"),
            $"""
            case "$*" in
            "-qx ID="*) [ "$2" = ID={id} ] ;;
            *) exec {Find("grep")} "$@" ;;
            esac
            """
        );

    private static string Find(string program) =>
        new[] { "/usr/bin", "/bin", "/usr/local/bin" }
            .Select(folder => Path.Combine(folder, program))
            .First(File.Exists);

    private static void WriteScript(string path, string body) => WriteExecutable(path, $"#!/bin/sh\n{body}\n");

    // A child process writes the file. If this process did, another test that starts a program at the same moment would
    // pass on the open file, and executing the file would fail ("text file busy").
    private static void WriteExecutable(string path, string text)
    {
        using var writer = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", "cat >\"$1\" && chmod 755 \"$1\"", "sh", path])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
            }
        )!;
        writer.StandardInput.Write(text);
        writer.StandardInput.Close();
        writer.WaitForExit();
        if (writer.ExitCode != 0)
        {
            throw new IOException($"{path} could not be written.");
        }
    }
}
