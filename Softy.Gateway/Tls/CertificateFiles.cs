using System.Security.Cryptography;
using System.Text;

namespace Softy.Gateway.Tls;

/// <summary>The contents of the files of one certificate.</summary>
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

    /// <summary>The options with the paths of the files.</summary>
    public CertificateOptions Options { get; }

    /// <summary>The content of the certificate's file.</summary>
    public byte[] Certificate { get; }

    /// <summary>The content of the key's file, or null if the key is in the certificate's file.</summary>
    public byte[]? Key { get; }

    /// <summary>The password of the key, or null if it has none.</summary>
    public string? Password { get; }

    /// <summary>A hash of the contents. Modification times are unreliable for symbolic links and mounts.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads all files of a certificate.</summary>
    /// <exception cref="CertificateException">One of the files cannot be read.</exception>
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
