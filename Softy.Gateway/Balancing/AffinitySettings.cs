using System.Buffers;

namespace Softy.Gateway.Balancing;

/// <summary>Session affinity by cookie.</summary>
internal sealed class AffinitySettings
{
    private static readonly SearchValues<char> _cookieNameCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Whether clients are kept on one replica.</summary>
    public bool Enabled { get; set; }

    /// <summary>The cookie's name.</summary>
    public string Cookie { get; set; } = "softy-replica";

    public bool IsCookieNameValid => Cookie.Length > 0 && !Cookie.AsSpan().ContainsAnyExcept(_cookieNameCharacters);
}
