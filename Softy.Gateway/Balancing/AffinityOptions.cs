using System.Buffers;

namespace Softy.Gateway.Balancing;

/// <summary>Session affinity by cookie.</summary>
internal sealed class AffinityOptions
{
    private static readonly SearchValues<char> _cookieNameCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    );

    /// <summary>
    /// Whether each client stays on one replica of the API, by a cookie, while that replica is healthy.
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>The name of that cookie.</summary>
    public string Cookie { get; set; } = "softy-replica";

    public bool IsCookieNameValid => Cookie.Length > 0 && !Cookie.AsSpan().ContainsAnyExcept(_cookieNameCharacters);
}
