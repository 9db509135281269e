using System.Net;
using System.Net.Sockets;
using Softy.Gateway.Discovery;

namespace Softy.Tests.Gateway.Support;

/// <summary>A resolver for the host <c>api.test</c>, whose addresses the test defines.</summary>
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
