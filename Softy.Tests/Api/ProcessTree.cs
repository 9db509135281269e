using System.Globalization;
using Softy.Tests.Application;
using Softy.Tests.Compose;

namespace Softy.Tests.Api;

/// <summary>A server that has a process for each of its connections, as PostgreSQL has.</summary>
internal static class ProcessTree
{
    /// <summary>Sends a signal, such as <c>STOP</c>, to a process and its children.</summary>
    public static async Task SignalAsync(int parent, string signal)
    {
        // The parent goes first: once it is stopped, it starts no more children.
        (await KillAsync([parent])).ShouldBe(0);
        var children = ProcessTable.ChildrenOf(parent);
        if (children.Count > 0 && await KillAsync(children) != 0)
        {
            // Some of them may have ended in the meantime.
            children.Any(child => !Directory.Exists($"/proc/{Text(child)}")).ShouldBeTrue();
        }

        async Task<int> KillAsync(IEnumerable<int> ids) =>
            (await Command.TryRunAsync("kill", [$"-{signal}", .. ids.Select(Text)])).ExitCode;

        static string Text(int id) => id.ToString(CultureInfo.InvariantCulture);
    }
}
