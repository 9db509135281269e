using System.Runtime.InteropServices;

namespace Aspire.Hosting.Processes;

/// <summary>Signals to processes and process groups, which .NET cannot send.</summary>
internal static partial class Libc
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    public static void Signal(int process, int signal) => _ = kill(process, signal);

    /// <summary>Signals a process and all that belong to its group.</summary>
    public static void SignalGroup(int leader, int signal)
    {
        if (kill(-leader, signal) != 0)
        {
            _ = kill(leader, signal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int kill(int pid, int sig);
}
