namespace Softy.Gateway.Tls;

/// <summary>
/// A certificate that follows its files. What is in force stays so until its files hold another one that can be used.
/// </summary>
internal sealed class WatchedCertificate
{
    private readonly CertificateOptions _options;
    private string _currentFingerprint;
    private string _lastSeenFingerprint;
    private string? _lastProblem;

    /// <exception cref="CertificateException">The files hold no certificate that can be used.</exception>
    public WatchedCertificate(CertificateOptions options)
    {
        _options = options;
        var files = CertificateFiles.Read(options);
        Current = ServerCertificate.Load(files);
        _currentFingerprint = _lastSeenFingerprint = files.Fingerprint;
    }

    /// <summary>The certificate's file.</summary>
    public string File => _options.File;

    /// <summary>The file that has the private key.</summary>
    public string KeyFile => _options.Key.Length > 0 ? _options.Key : _options.File;

    /// <summary>The certificate in force.</summary>
    public ServerCertificate Current { get; private set; }

    /// <summary>Looks whether the files have changed, and takes what they hold if it can be used.</summary>
    /// <param name="now">The time.</param>
    /// <param name="problem">What is wrong with what they hold, when that is news.</param>
    /// <returns>Whether <see cref="Current"/> is another one.</returns>
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

        // Two files are never replaced at one time: what is new is taken, or complained of, when it stays as it is.
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

        // The one before is not disposed of: a handshake may be under way with it.
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
