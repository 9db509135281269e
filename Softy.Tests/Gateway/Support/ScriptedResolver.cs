using System.Net;
using System.Net.Sockets;
using Softy.Gateway.Discovery;

namespace Softy.Tests.Gateway.Support;

/// <summary>A DNS of the test's own, in which <c>api.test</c> has the addresses that the test says.</summary>
internal sealed class ScriptedResolver : IHostResolver
{
    private int _lookups;

    public Func<IReadOnlyList<IPAddress>> Answer { get; set; } = () => [];

    public Task<IReadOnlyList<IPAddress>> ResolveAsync(
        string host,
        AddressFamily family,
        CancellationToken cancellationToken
    )
    {
        host.ShouldBe("api.test");
        Interlocked.Increment(ref _lookups);
        return Task.FromResult(Answer());
    }

    public Task<TimeSpan> WaitForLookupsAsync(int count)
    {
        var before = Volatile.Read(ref _lookups);
        return Eventually.Async(() => Volatile.Read(ref _lookups) >= before + count, $"{count} look-ups");
    }
}
