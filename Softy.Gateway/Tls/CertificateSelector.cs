using System.Collections.Frozen;
using System.Net.Security;

namespace Softy.Gateway.Tls;

/// <summary>Selects a certificate by host name.</summary>
internal sealed class CertificateSelector
{
    private readonly SslStreamCertificateContext? _default;
    private readonly FrozenDictionary<string, SslStreamCertificateContext> _byName;

    public CertificateSelector(IEnumerable<ServerCertificate> certificates)
    {
        var byName = new Dictionary<string, SslStreamCertificateContext>(StringComparer.OrdinalIgnoreCase);
        foreach (var certificate in certificates)
        {
            _default ??= certificate.Context;
            foreach (var name in certificate.Names)
            {
                byName.TryAdd(name, certificate.Context);
            }
        }

        _byName = byName.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>A selector without certificates.</summary>
    public static CertificateSelector None { get; } = new([]);

    /// <summary>
    /// Selects the certificate for a name, by exact match or wildcard, or the first certificate if none matches.
    /// </summary>
    public SslStreamCertificateContext? Select(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return _default;
        }

        if (_byName.TryGetValue(name, out var certificate))
        {
            return certificate;
        }

        // A wildcard matches exactly one label.
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && _byName.TryGetValue($"*{name[dot..]}", out certificate) ? certificate : _default;
    }
}
