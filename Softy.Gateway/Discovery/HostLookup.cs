using System.Net;
using System.Net.Sockets;

namespace Softy.Gateway.Discovery;

/// <summary>The last good answer for one host name.</summary>
internal sealed partial class HostLookup(string host, IHostResolver resolver, ILogger logger)
{
    private bool _failing;
    private Task _pending = Task.CompletedTask;

    /// <summary>The host's addresses in a stable order: IPv4 before IPv6, each ascending.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; private set; } = [];

    /// <summary>
    /// Looks the name up again, unless the look-up before is still waiting for its answer. A failure leaves
    /// <see cref="Addresses"/> as they are.
    /// </summary>
    public Task RefreshAsync(AddressFamily family, CancellationToken cancellationToken)
    {
        if (_pending.IsCompleted)
        {
            _pending = LookUpAsync(family, cancellationToken);
        }

        return _pending;
    }

    private async Task LookUpAsync(AddressFamily family, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await resolver.ResolveAsync(host, family, cancellationToken);
            if (answer.Count == 0)
            {
                Fail("the answer has no address");
                return;
            }

            Addresses = [.. answer.Distinct().Order(AddressOrder.Instance)];
            _failing = false;
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            Fail(exception.Message);
        }
    }

    private void Fail(string reason)
    {
        // Once per outage: a line per second would bury everything else.
        if (!_failing)
        {
            _failing = true;
            LogFailed(host, reason, Addresses.Count);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The host name {Host} cannot be looked up ({Reason}); keeping the {Count} addresses known so far.")]
    private partial void LogFailed(string host, string reason, int count);

    private sealed class AddressOrder : IComparer<IPAddress>
    {
        public static readonly AddressOrder Instance = new();

        public int Compare(IPAddress? x, IPAddress? y)
        {
            var family = x!.AddressFamily.CompareTo(y!.AddressFamily);
            return family != 0 ? family : x.GetAddressBytes().AsSpan().SequenceCompareTo(y.GetAddressBytes());
        }
    }
}
