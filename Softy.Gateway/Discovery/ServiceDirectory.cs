using Softy.Gateway.Configuration;

namespace Softy.Gateway.Discovery;

/// <summary>A replica's address under the name by which the gateway knows it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Address">The address.</param>
/// <param name="HasVanished">Whether the last look-up has not had the address.</param>
internal sealed record DiscoveredDestination(string Name, Uri Address, bool HasVanished);

/// <summary>What discovery found: every destination of every service, in a stable order.</summary>
internal sealed record DiscoveredServices(
    IReadOnlyList<DiscoveredDestination> Api,
    IReadOnlyList<DiscoveredDestination> Web
);

/// <summary>Knows every replica of every service, and says when that changes.</summary>
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
        // Addresses that need no look-up are known from the start.
        Current = Collect();
    }

    /// <summary>Raised when <see cref="Current"/> changed.</summary>
    public event EventHandler? Changed;

    /// <summary>What is known now.</summary>
    public DiscoveredServices Current { get; private set; }

    /// <summary>Looks every name up again.</summary>
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
            // A name that takes long must not hold up the others; its answer is collected when it is there.
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
        // Names that stand for the same address make one destination, which is there if one of them has it.
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
