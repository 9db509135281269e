namespace Softy.Gateway.Tls;

/// <summary>
/// A certificate that is reloaded when its files change. The current certificate is kept until the files contain
/// another valid one.
/// </summary>
internal sealed class WatchedCertificate
{
    private readonly CertificateOptions _options;
    private string _currentFingerprint;
    private string _lastSeenFingerprint;
    private string? _lastProblem;

    /// <exception cref="CertificateException">The files contain no valid certificate.</exception>
    public WatchedCertificate(CertificateOptions options)
    {
        _options = options;
        var files = CertificateFiles.Read(options);
        Current = ServerCertificate.Load(files);
        _currentFingerprint = _lastSeenFingerprint = files.Fingerprint;
    }

    /// <summary>The path of the certificate's file.</summary>
    public string File => _options.File;

    /// <summary>The path of the file with the private key.</summary>
    public string KeyFile => _options.Key.Length > 0 ? _options.Key : _options.File;

    /// <summary>The current certificate.</summary>
    public ServerCertificate Current { get; private set; }

    /// <summary>Reloads the certificate if its files have changed and are valid.</summary>
    /// <param name="now">The current time.</param>
    /// <param name="problem">The problem with the changed files, if it was not reported before.</param>
    /// <returns>Whether <see cref="Current"/> was replaced.</returns>
    public bool Refresh(DateTimeOffset now, out string? problem)
    {
        problem = null;
        var (files, error) = Read();
        var fingerprint = files?.Fingerprint ?? error!;
        if (fingerprint == _currentFingerprint)
        {
            (_lastSeenFingerprint, _lastProblem) = (fingerprint, null);
            return false;
        }

        // The certificate and its key are replaced one after the other, so a change is used or reported only when the
        // files are the same in two checks.
        if (fingerprint != _lastSeenFingerprint)
        {
            _lastSeenFingerprint = fingerprint;
            return false;
        }

        var next = files is null ? null : Load(files, now, out error);
        if (next is null)
        {
            problem = error == _lastProblem ? null : error;
            _lastProblem = error;
            return false;
        }

        // The previous certificate is not disposed, because a handshake may still use it.
        Current = next;
        (_currentFingerprint, _lastProblem) = (fingerprint, null);
        return true;
    }

    private static ServerCertificate? Load(CertificateFiles files, DateTimeOffset now, out string? error)
    {
        try
        {
            var certificate = ServerCertificate.Load(files);
            error = certificate.CheckValidity(now);
            if (error is null)
            {
                return certificate;
            }

            certificate.Dispose();
        }
        catch (CertificateException exception)
        {
            error = exception.Message;
        }

        return null;
    }

    private (CertificateFiles? Files, string? Error) Read()
    {
        try
        {
            return (CertificateFiles.Read(_options), null);
        }
        catch (CertificateException exception)
        {
            return (null, exception.Message);
        }
    }
}
