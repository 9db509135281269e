using System.Security.Cryptography;
using System.Text;

namespace Softy.Gateway.Tls;

/// <summary>What the files of one certificate hold, all read at one time.</summary>
internal sealed class CertificateFiles
{
    private CertificateFiles(CertificateOptions options, byte[] certificate, byte[]? key, string? password)
    {
        Options = options;
        Certificate = certificate;
        Key = key;
        Password = password;
        Fingerprint = Hash(certificate, key, password);
    }

    /// <summary>Where it was read from.</summary>
    public CertificateOptions Options { get; }

    /// <summary>The certificate's file.</summary>
    public byte[] Certificate { get; }

    /// <summary>The key's file, where it has one of its own.</summary>
    public byte[]? Key { get; }

    /// <summary>The password, where there is one.</summary>
    public string? Password { get; }

    /// <summary>
    /// The same for the same contents. Times of files tell less: links and mounts are changed without them.
    /// </summary>
    public string Fingerprint { get; }

    /// <summary>Reads the files of a certificate.</summary>
    /// <exception cref="CertificateException">One of them cannot be read.</exception>
    public static CertificateFiles Read(CertificateOptions options)
    {
        var certificate = Read(options.File);
        var key = options.Key.Length > 0 ? Read(options.Key) : null;
        var password =
            options.PasswordFile.Length > 0
                ? Encoding.UTF8.GetString(Read(options.PasswordFile)).TrimEnd('\r', '\n')
                : options.Password;
        return new CertificateFiles(options, certificate, key, password.Length > 0 ? password : null);
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CertificateException($"'{path}' cannot be read: {exception.Message}");
        }
    }

    private static string Hash(byte[] certificate, byte[]? key, string? password)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(certificate);
        hash.AppendData(key ?? []);
        hash.AppendData(Encoding.UTF8.GetBytes(password ?? ""));
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
