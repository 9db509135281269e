using System.Diagnostics;
using System.Globalization;

namespace Aspire.Hosting.Processes;

/// <summary>
/// A shell that outlives the host. It is told of every process; when the host is gone without a word, even by a
/// <c>kill -9</c>, the pipe between them ends, and it ends what the host has left.
/// </summary>
internal sealed class OrphanGuard : IDisposable
{
    /// <summary>Marks every process of one host; finds those that the guard was not told of any more.</summary>
    public const string MarkVariable = "EMBEDDED_HOST_RUN";

    private const string Script = """
        trap '' INT TERM HUP
        groups=; folders=
        while read -r verb value; do
            case $verb in
                add) groups="$groups $value" ;;
                remove) rest=; for g in $groups; do [ "$g" = "$value" ] || rest="$rest $g"; done; groups=$rest ;;
                folder) folders=$value ;;
                done) exit 0 ;;
            esac
        done
        for g in $groups; do kill -TERM "-$g" 2>/dev/null; done
        for f in $(grep -lsxz "EMBEDDED_HOST_RUN=$1" /proc/[0-9]*/environ); do
            pid=${f#/proc/}; pid=${pid%/environ}
            kill -TERM "-$pid" 2>/dev/null && groups="$groups $pid"
        done
        alive() { for g in $groups; do kill -0 "-$g" 2>/dev/null && return 0; done; return 1; }
        turns=0
        while alive && [ "$turns" -lt 20 ]; do sleep 0.1; turns=$((turns + 1)); done
        for g in $groups; do kill -KILL "-$g" 2>/dev/null; done
        case $folders in */softy-*) rm -rf -- "$folders" ;; esac
        """;

    private readonly Lock _lock = new();
    private Process? _shell;

    /// <summary>The value of <see cref="MarkVariable"/> for this host.</summary>
    public string Mark { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Takes a process group into care.</summary>
    public void Add(int leader) => Tell("add", leader.ToString(CultureInfo.InvariantCulture));

    /// <summary>Lets go of a process group that has ended.</summary>
    public void Remove(int leader) => Tell("remove", leader.ToString(CultureInfo.InvariantCulture));

    /// <summary>Takes the temporary folder of this host into care.</summary>
    public void AddFolder(string path) => Tell("folder", path);

    public void Dispose()
    {
        lock (_lock)
        {
            if (_shell is null)
            {
                return;
            }

            Tell("done", string.Empty);
            _shell.StandardInput.Close();
            _shell.WaitForExit(TimeSpan.FromSeconds(1));
            _shell.Dispose();
            _shell = null;
        }
    }

    private void Tell(string verb, string value)
    {
        lock (_lock)
        {
            _shell ??= Start();
            _shell.StandardInput.WriteLine($"{verb} {value}");
            _shell.StandardInput.Flush();
        }
    }

    // In a session of its own, so that no signal meant for the host's group reaches it.
    private Process Start() => Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", Script, "orphan-guard", Mark])
    {
        RedirectStandardInput = true,
        UseShellExecute = false,
    }) ?? throw new InvalidOperationException("The shell that guards against orphans did not start.");
}
