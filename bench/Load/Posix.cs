using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Softy.Bench.Load;

/// <summary>
/// Calls of the system that wait for less than a millisecond. <c>Socket.Select</c> and <c>Thread.Sleep</c> return at
/// once then, and a caller that waits in a loop would take a core from what it measures.
/// </summary>
internal static partial class Posix
{
    private const int Interrupted = 4; // EINTR
    private const int WouldBlock = 11; // EAGAIN
    private const short Readable = 1; // POLLIN
    private const int DontWait = 0x40; // MSG_DONTWAIT
    private const int NoSignal = 0x4000; // MSG_NOSIGNAL
    private const int ThreadClock = 3; // CLOCK_THREAD_CPUTIME_ID
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Seconds of CPU time of this thread.</summary>
    public static double ThreadCpuSeconds
    {
        get
        {
            _ = ClockGetTime(ThreadClock, out var time);
            return time.Seconds + (time.Nanoseconds / (double)NanosecondsPerSecond);
        }
    }

    /// <summary>
    /// Waits until a socket has something to read, or until the time is over. Linux may wait 50 µs longer, which saves
    /// the generator up to a third of its CPU time.
    /// </summary>
    /// <param name="sockets">The sockets; with none, this only waits.</param>
    /// <param name="ticks">How long to wait, in units of <see cref="Stopwatch.Frequency"/>.</param>
    /// <returns>The number of sockets that have something to read, or have failed.</returns>
    public static int Wait(Span<Polled> sockets, long ticks)
    {
        var nanoseconds = (long)(ticks * ((double)NanosecondsPerSecond / Stopwatch.Frequency));
        var timeout = new Time(nanoseconds / NanosecondsPerSecond, nanoseconds % NanosecondsPerSecond);
        var ready = Poll(ref MemoryMarshal.GetReference(sockets), (nuint)sockets.Length, timeout, 0);
        return ready >= 0 || Marshal.GetLastPInvokeError() == Interrupted ? Math.Max(0, ready) : throw Failure("ppoll");
    }

    /// <summary>Sends a small request.</summary>
    /// <returns>Whether the socket took all of it.</returns>
    public static bool TrySend(int socket, ReadOnlySpan<byte> bytes) =>
        Send(socket, in MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, DontWait | NoSignal) == bytes.Length;

    /// <summary>Receives what is there.</summary>
    /// <returns>The number of bytes; 0 if there is nothing to read yet, -1 if the connection has ended.</returns>
    public static int Receive(int socket, Span<byte> buffer)
    {
        var received = (int)Receive(socket, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length, DontWait);
        return received switch
        {
            > 0 => received,
            0 => -1,
            _ => Marshal.GetLastPInvokeError() is WouldBlock or Interrupted ? 0 : -1,
        };
    }

    private static InvalidOperationException Failure(string call) =>
        new($"{call} has failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(ref Polled sockets, nuint count, in Time timeout, nint signals);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(int socket, in byte bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Receive(int socket, ref byte buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ClockGetTime(int clock, out Time time);

    /// <summary>A socket to wait for: <c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Polled(int socket)
    {
        private readonly int _socket = socket;
        private readonly short _wanted = Readable;
        private readonly short _returned;

        /// <summary>Whether there is something to read, or the connection has ended.</summary>
        public readonly bool IsReady => _returned != 0;
    }

    /// <summary><c>struct timespec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }
}
