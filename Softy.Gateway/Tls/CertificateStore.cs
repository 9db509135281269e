using System.Net.Security;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Tls;

/// <summary>Holds the current certificates and selects one for each client.</summary>
internal sealed partial class CertificateStore : IDisposable
{
    private const UnixFileMode OtherUsers = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly LiveOptions<TlsOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _refreshing = new();
    private readonly HashSet<string> _reportedKeyFiles = new(StringComparer.Ordinal);
    private WatchedCertificate[] _watched = [];
    private volatile CertificateSelector _selector = CertificateSelector.None;

    public CertificateStore(LiveOptions<TlsOptions> options, TimeProvider time, ILogger<CertificateStore> logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        Open();
        options.Changed += OnOptionsChanged;
    }

    /// <summary>Selects the certificate for a client.</summary>
    /// <param name="name">The host name that the client asks for, if any.</param>
    /// <returns>The certificate, or null if none is configured.</returns>
    public SslStreamCertificateContext? Select(string? name) => _selector.Select(name);

    /// <summary>Reloads certificates whose files have changed.</summary>
    public void Refresh()
    {
        lock (_refreshing)
        {
            var hasChanged = false;
            foreach (var certificate in _watched)
            {
                if (certificate.Refresh(_time.GetUtcNow(), out var problem))
                {
                    LogReplaced(certificate.File);
                    hasChanged = true;
                }
                else if (problem is not null)
                {
                    LogRejected(certificate.File, problem);
                }
            }

            if (hasChanged)
            {
                _selector = new CertificateSelector(_watched.Select(certificate => certificate.Current));
            }
        }
    }

    public void Dispose() => _options.Changed -= OnOptionsChanged;

    private void OnOptionsChanged(object? sender, EventArgs e)
    {
        lock (_refreshing)
        {
            try
            {
                Open();
            }
            catch (CertificateException exception)
            {
                // The files have changed since the options were validated.
                LogNotOpened(exception.Message);
            }
        }
    }

    private void Open()
    {
        _watched = [.. _options.Current.ConfiguredCertificates.Select(files => new WatchedCertificate(files))];
        _selector = new CertificateSelector(_watched.Select(certificate => certificate.Current));
        foreach (var certificate in _watched)
        {
            // An invalid certificate must not stop the gateway, because its renewal may need plain HTTP.
            if (certificate.Current.CheckValidity(_time.GetUtcNow()) is { } problem)
            {
                LogNotValid(certificate.File, problem);
            }

            if (
                !OperatingSystem.IsWindows()
                && (File.GetUnixFileMode(certificate.KeyFile) & OtherUsers) != UnixFileMode.None
                && _reportedKeyFiles.Add(certificate.KeyFile)
            )
            {
                LogReadable(certificate.KeyFile);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The certificate {File} has changed; new connections use the new one.")]
    private partial void LogReplaced(string file);

    [LoggerMessage(
        2,
        LogLevel.Error,
        "The certificate {File} has changed and cannot be used; the previous one stays in use: {Problem}"
    )]
    private partial void LogRejected(string file, string problem);

    [LoggerMessage(3, LogLevel.Warning, "The certificate {File} is in use, but clients will reject it: {Problem}")]
    private partial void LogNotValid(string file, string problem);

    [LoggerMessage(
        4,
        LogLevel.Warning,
        "Every user of this machine can read the private key {File}; its mode should be 0600."
    )]
    private partial void LogReadable(string file);

    [LoggerMessage(
        5,
        LogLevel.Error,
        "The changed certificates cannot be used; the previous ones stay in use: {Problem}"
    )]
    private partial void LogNotOpened(string problem);
}
