using Softy.Gateway.Settings;

namespace Softy.Gateway.Discovery;

/// <summary>A replica's address under the name by which the gateway knows it.</summary>
internal sealed record DiscoveredDestination(string Name, Uri Address);

/// <summary>What discovery found: every destination of every service, in a stable order.</summary>
internal sealed record DiscoveredServices(IReadOnlyList<DiscoveredDestination> Api, IReadOnlyList<DiscoveredDestination> Web);

/// <summary>Knows every replica of every service, and says when that changes.</summary>
internal sealed class ServiceDirectory : IDisposable
{
    private readonly LiveSettings<ServiceSettings> _services;
    private readonly LiveSettings<DiscoverySettings> _settings;
    private readonly IHostResolver _resolver;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Dictionary<string, HostLookup> _lookups = new(StringComparer.OrdinalIgnoreCase);
    private readonly DestinationNames _apiNames = new("api");
    private readonly DestinationNames _webNames = new("web");
    private readonly SemaphoreSlim _turn = new(1);

    public ServiceDirectory(
        LiveSettings<ServiceSettings> services,
        LiveSettings<DiscoverySettings> settings,
        IHostResolver resolver,
        TimeProvider time,
        ILogger<ServiceDirectory> logger)
    {
        _services = services;
        _settings = settings;
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
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var hosts = _services.Current.Api.InOrder().Concat(_services.Current.Web.InOrder())
                .Where(address => address.NeedsLookup).Select(address => address.Host).ToHashSet(StringComparer.OrdinalIgnoreCase);
            var lookups = Task.WhenAll(hosts.Select(host => Lookup(host).RefreshAsync(_settings.Current.AddressFamily, cancellationToken)));
            // A name that takes long must not hold up the others; its answer is collected when it is there.
            await Task.WhenAny(lookups, Task.Delay(_settings.Current.RefreshInterval, _time, cancellationToken));

            var found = Collect();
            if (!found.Api.SequenceEqual(Current.Api) || !found.Web.SequenceEqual(Current.Web))
            {
                Current = found;
                Changed?.Invoke(this, EventArgs.Empty);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private DiscoveredServices Collect() =>
        new(Expand(_services.Current.Api, _apiNames), Expand(_services.Current.Web, _webNames));

    private List<DiscoveredDestination> Expand(ServiceEndpoints endpoints, DestinationNames names)
    {
        var addresses = endpoints.InOrder()
            .SelectMany(address => address.NeedsLookup ? Lookup(address.Host).Addresses.Select(address.At) : [address.ToUri()])
            .Distinct()
            .ToList();
        names.Trim(addresses);
        return [.. addresses.Select(address => new DiscoveredDestination(names.Of(address), address))];
    }

    private HostLookup Lookup(string host)
    {
        if (!_lookups.TryGetValue(host, out var lookup))
        {
            _lookups.Add(host, lookup = new HostLookup(host, _resolver, _logger));
        }

        return lookup;
    }
}
