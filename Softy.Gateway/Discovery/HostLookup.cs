using System.Net;
using System.Net.Sockets;

namespace Softy.Gateway.Discovery;

/// <summary>An address of a host, and how many look-ups in a row have lacked it.</summary>
internal sealed record HostAddress(IPAddress Address, int MissedLookups);

/// <summary>Looks up one host name and keeps the addresses of the last successful look-ups.</summary>
internal sealed partial class HostLookup(string host, IHostResolver resolver, ILogger logger)
{
    private bool _isFailing;
    private Task _pending = Task.CompletedTask;

    /// <summary>The host's addresses in ascending order. All of them belong to one address family.</summary>
    public IReadOnlyList<HostAddress> Addresses { get; private set; } = [];

    /// <summary>
    /// Looks the name up again, unless the previous look-up is still pending. If it fails, <see cref="Addresses"/> does
    /// not change.
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

            // Current and missing addresses are sorted together, so that an address that comes back has the same
            // position in round robin.
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
    /// Selects one address family, because a host with both would have each replica twice. The family in use is kept
    /// while the host has addresses of it. Otherwise IPv4 is preferred.
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
        // Logs once per outage, because one line per second would hide all other messages.
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
