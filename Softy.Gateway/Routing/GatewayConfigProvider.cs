using System.Net;
using Softy.Gateway.Balancing;
using Softy.Gateway.Configuration;
using Softy.Gateway.Discovery;
using Softy.Gateway.Limits;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.SessionAffinity;

namespace Softy.Gateway.Routing;

/// <summary>
/// Provides YARP's configuration from the discovered destinations and the options, and updates it when either changes.
/// </summary>
internal sealed class GatewayConfigProvider : IProxyConfigProvider, IDisposable
{
    private readonly ServiceDirectory _directory;
    private readonly LiveOptions<BalancingOptions> _balancing;
    private readonly LiveOptions<LimitOptions> _limits;
    private readonly Lock _lock = new();
    private GatewayConfig _current;

    public GatewayConfigProvider(
        ServiceDirectory directory,
        LiveOptions<BalancingOptions> balancing,
        LiveOptions<LimitOptions> limits
    )
    {
        _directory = directory;
        _balancing = balancing;
        _limits = limits;
        _current = Build();
        directory.Changed += Update;
        balancing.Changed += Update;
        limits.Changed += Update;
    }

    public IProxyConfig GetConfig() => _current;

    public void Dispose()
    {
        _directory.Changed -= Update;
        _balancing.Changed -= Update;
        _limits.Changed -= Update;
    }

    private void Update(object? sender, EventArgs e)
    {
        GatewayConfig superseded;
        lock (_lock)
        {
            superseded = _current;
            _current = Build();
        }

        superseded.SignalChange();
    }

    private GatewayConfig Build()
    {
        var services = _directory.Current;
        var balancing = _balancing.Current;
        var request = new ForwarderRequestConfig
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            ActivityTimeout = _limits.Current.ActivityTimeout,
        };

        return new GatewayConfig(
            RouteTable.Routes,
            [
                new ClusterConfig
                {
                    ClusterId = ClusterNames.Api,
                    LoadBalancingPolicy = Policies.Find(balancing.Policy)!.Value.YarpName,
                    SessionAffinity = Affinity(balancing.Affinity),
                    HttpRequest = request,
                    Destinations = Destinations(services.Api, balancing.Weights),
                },
                new ClusterConfig
                {
                    ClusterId = ClusterNames.Web,
                    LoadBalancingPolicy = RoundRobinPolicy.PolicyName,
                    HttpRequest = request,
                    Destinations = Destinations(services.Web, balancing.Weights),
                },
            ]
        );
    }

    // The order of the destinations is their order in round robin.
    private static OrderedDictionary<string, DestinationConfig> Destinations(
        IEnumerable<DiscoveredDestination> discovered,
        Dictionary<string, int> weights
    ) =>
        new(
            discovered.Select(destination =>
                KeyValuePair.Create(
                    destination.Name,
                    new DestinationConfig
                    {
                        Address = destination.Address.AbsoluteUri,
                        Metadata = Metadata(destination, weights),
                    }
                )
            )
        );

    private static Dictionary<string, string>? Metadata(
        DiscoveredDestination destination,
        Dictionary<string, int> weights
    )
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (weights.TryGetValue(destination.Name, out var weight))
        {
            DestinationWeight.Set(metadata, weight);
        }

        if (destination.HasVanished)
        {
            VanishedDestination.Mark(metadata);
        }

        return metadata.Count == 0 ? null : metadata;
    }

    private static SessionAffinityConfig? Affinity(AffinityOptions affinity) =>
        !affinity.Enabled
            ? null
            : new SessionAffinityConfig
            {
                Enabled = true,
                // The only policy that works without encryption keys that all gateways would have to share.
                Policy = SessionAffinityConstants.Policies.ArrCookie,
                FailurePolicy = SessionAffinityConstants.FailurePolicies.Redistribute,
                AffinityKeyName = affinity.Cookie,
                Cookie = new SessionAffinityCookieConfig
                {
                    HttpOnly = true,
                    IsEssential = true,
                    SameSite = SameSiteMode.Lax,
                },
            };
}
