using Softy.Gateway.Configuration;

namespace Softy.Gateway.Discovery;

/// <summary>A discovered replica.</summary>
/// <param name="Name">The gateway's name for the replica.</param>
/// <param name="Address">The replica's address.</param>
/// <param name="HasVanished">Whether the last look-up lacked the address.</param>
internal sealed record DiscoveredDestination(string Name, Uri Address, bool HasVanished);

/// <summary>All discovered destinations of every service, in a stable order.</summary>
internal sealed record DiscoveredServices(
    IReadOnlyList<DiscoveredDestination> Api,
    IReadOnlyList<DiscoveredDestination> Web
);

/// <summary>Keeps the list of all replicas of every service, and notifies about changes.</summary>
internal sealed class ServiceDirectory : IDisposable
{
    private readonly LiveOptions<ServiceOptions> _services;
    private readonly LiveOptions<DiscoveryOptions> _options;
    private readonly IHostResolver _resolver;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Dictionary<string, HostLookup> _lookups = new(StringComparer.OrdinalIgnoreCase);
    private readonly DestinationNames _apiNames = new("api");
    private readonly DestinationNames _webNames = new("web");
    private readonly SemaphoreSlim _refreshLock = new(1);

    public ServiceDirectory(
        LiveOptions<ServiceOptions> services,
        LiveOptions<DiscoveryOptions> options,
        IHostResolver resolver,
        TimeProvider time,
        ILogger<ServiceDirectory> logger
    )
    {
        _services = services;
        _options = options;
        _resolver = resolver;
        _time = time;
        _logger = logger;
        // Addresses that need no look-up are available immediately.
        Current = Collect();
    }

    /// <summary>Raised when <see cref="Current"/> changed.</summary>
    public event EventHandler? Changed;

    /// <summary>The currently known destinations.</summary>
    public DiscoveredServices Current { get; private set; }

    /// <summary>Looks up all names again.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _refreshLock.WaitAsync(cancellationToken);
        try
        {
            var hosts = _services
                .Current.Api.GetOrderedAddresses()
                .Concat(_services.Current.Web.GetOrderedAddresses())
                .Where(address => address.NeedsLookup)
                .Select(address => address.Host)
                .ToHashSet(StringComparer.OrdinalIgnoreCase);
            var options = _options.Current;
            var lookups = Task.WhenAll(
                hosts.Select(host =>
                    GetLookup(host).RefreshAsync(options.AddressFamily, options.HoldLookups, cancellationToken)
                )
            );
            // A slow look-up must not delay the others. Its result is used in a later refresh.
            await Task.WhenAny(lookups, Task.Delay(options.RefreshInterval, _time, cancellationToken));

            var found = Collect();
            if (!found.Api.SequenceEqual(Current.Api) || !found.Web.SequenceEqual(Current.Web))
            {
                Current = found;
                Changed?.Invoke(this, EventArgs.Empty);
            }
        }
        finally
        {
            _refreshLock.Release();
        }
    }

    public void Dispose() => _refreshLock.Dispose();

    private DiscoveredServices Collect() =>
        new(Expand(_services.Current.Api, _apiNames), Expand(_services.Current.Web, _webNames));

    private List<DiscoveredDestination> Expand(ServiceEndpoints endpoints, DestinationNames names)
    {
        // An address that several names resolve to is one destination. It has vanished only if all of the names lack
        // it.
        var addresses = endpoints
            .GetOrderedAddresses()
            .SelectMany(address =>
                address.NeedsLookup
                    ? GetLookup(address.Host)
                        .Addresses.Select(known =>
                            (Address: address.ToUri(known.Address), HasVanished: known.MissedLookups > 0)
                        )
                    : [(Address: address.ToUri(), HasVanished: false)]
            )
            .GroupBy(found => found.Address)
            .Select(found => (Address: found.Key, HasVanished: found.All(one => one.HasVanished)))
            .ToList();
        names.Trim([.. addresses.Select(found => found.Address)]);
        return
        [
            .. addresses.Select(found => new DiscoveredDestination(
                names.GetOrAdd(found.Address),
                found.Address,
                found.HasVanished
            )),
        ];
    }

    private HostLookup GetLookup(string host)
    {
        if (!_lookups.TryGetValue(host, out var lookup))
        {
            _lookups.Add(host, lookup = new HostLookup(host, _resolver, _logger));
        }

        return lookup;
    }
}
