using System.Net;
using System.Net.Sockets;

namespace Softy.Gateway.Discovery;

/// <summary>An address of a host, and how many of its last answers in a row have not had it.</summary>
internal sealed record HostAddress(IPAddress Address, int MissedLookups);

/// <summary>What the last good answers said about one host name.</summary>
internal sealed partial class HostLookup(string host, IHostResolver resolver, ILogger logger)
{
    private bool _isFailing;
    private Task _pending = Task.CompletedTask;

    /// <summary>The host's addresses all of one family, in ascending order.</summary>
    public IReadOnlyList<HostAddress> Addresses { get; private set; } = [];

    /// <summary>
    /// Looks the name up again, unless the look-up before is still waiting for its answer. A failure leaves
    /// <see cref="Addresses"/> as they are.
    /// </summary>
    public Task RefreshAsync(AddressFamily family, int holdLookups, CancellationToken cancellationToken)
    {
        if (_pending.IsCompleted)
        {
            _pending = LookUpAsync(family, holdLookups, cancellationToken);
        }

        return _pending;
    }

    private async Task LookUpAsync(AddressFamily family, int holdLookups, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await resolver.ResolveAsync(host, family, cancellationToken);
            if (answer.Count == 0)
            {
                ReportFailure("the answer has no address");
                return;
            }

            // One list for those that are there and those that are held: an address that comes back takes its old turn.
            var there = SelectFamily(answer).ToHashSet();
            Addresses =
            [
                .. there
                    .Select(address => new HostAddress(address, MissedLookups: 0))
                    .Concat(
                        Addresses
                            .Where(known => !there.Contains(known.Address))
                            .Select(known => known with { MissedLookups = known.MissedLookups + 1 })
                    )
                    .Where(known => known.MissedLookups <= holdLookups)
                    .OrderBy(known => known.Address, AddressOrder.Instance),
            ];
            _isFailing = false;
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            ReportFailure(exception.Message);
        }
    }

    /// <summary>
    /// A host that has addresses of both families has each replica twice. The family that is in use stays in use as
    /// long as the answer has addresses of it, else IPv4 is preferred.
    /// </summary>
    private IEnumerable<IPAddress> SelectFamily(IReadOnlyList<IPAddress> answer)
    {
        var families = answer.Select(address => address.AddressFamily).ToHashSet();
        var family = Addresses
            .Select(known => known.Address.AddressFamily)
            .Concat([AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
            .FirstOrDefault(families.Contains);
        return answer.Where(address => address.AddressFamily == family);
    }

    private void ReportFailure(string reason)
    {
        // Once per outage: a line per second would bury everything else.
        if (!_isFailing)
        {
            _isFailing = true;
            LogFailed(host, reason, Addresses.Count);
        }
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "The host name {Host} cannot be looked up ({Reason}); keeping the {Count} addresses known so far."
    )]
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
