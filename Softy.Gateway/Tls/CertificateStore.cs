using System.Net.Security;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Tls;

/// <summary>The certificates in force, and which of them a client gets.</summary>
internal sealed partial class CertificateStore : IDisposable
{
    private const UnixFileMode OtherUsers = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly LiveOptions<TlsOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _refreshing = new();
    private readonly HashSet<string> _warnedOf = new(StringComparer.Ordinal);
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

    /// <summary>Chooses the certificate for a client.</summary>
    /// <param name="name">The name that the client asks for, if it asks for one.</param>
    /// <returns>Null where there is no certificate at all.</returns>
    public SslStreamCertificateContext? Select(string? name) => _selector.Select(name);

    /// <summary>Takes certificates whose files have changed.</summary>
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
                // The files have changed since the settings were checked.
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
            // Served all the same: plain HTTP, by which a new one may be on its way, must start too.
            if (certificate.Current.CheckValidity(_time.GetUtcNow()) is { } problem)
            {
                LogNotValid(certificate.File, problem);
            }

            if (
                !OperatingSystem.IsWindows()
                && (File.GetUnixFileMode(certificate.KeyFile) & OtherUsers) != UnixFileMode.None
                && _warnedOf.Add(certificate.KeyFile)
            )
            {
                LogReadable(certificate.KeyFile);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The certificate {File} has changed; new connections get it from now on.")]
    private partial void LogReplaced(string file);

    [LoggerMessage(
        2,
        LogLevel.Error,
        "The certificate {File} has changed and cannot be used, the one before stays in force: {Problem}"
    )]
    private partial void LogRejected(string file, string problem);

    [LoggerMessage(3, LogLevel.Warning, "The certificate {File} is used, and clients will refuse it: {Problem}")]
    private partial void LogNotValid(string file, string problem);

    [LoggerMessage(
        4,
        LogLevel.Warning,
        "Every user of this machine may read the private key {File}; its mode should be 0600."
    )]
    private partial void LogReadable(string file);

    [LoggerMessage(
        5,
        LogLevel.Error,
        "The changed certificates cannot be used, the ones before stay in force: {Problem}"
    )]
    private partial void LogNotOpened(string problem);
}
