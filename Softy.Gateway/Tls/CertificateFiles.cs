using System.Security.Cryptography;
using System.Text;

namespace Softy.Gateway.Tls;

/// <summary>What the files of one certificate hold, all read at one time.</summary>
internal sealed class CertificateFiles
{
    private CertificateFiles(CertificateSettings settings, byte[] certificate, byte[]? key, string? password)
    {
        Settings = settings;
        Certificate = certificate;
        Key = key;
        Password = password;
        Fingerprint = Hash(certificate, key, password);
    }

    /// <summary>Where it was read from.</summary>
    public CertificateSettings Settings { get; }

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
    public static CertificateFiles Read(CertificateSettings settings)
    {
        var certificate = Read(settings.File);
        var key = settings.Key.Length > 0 ? Read(settings.Key) : null;
        var password =
            settings.PasswordFile.Length > 0
                ? Encoding.UTF8.GetString(Read(settings.PasswordFile)).TrimEnd('\r', '\n')
                : settings.Password;
        return new CertificateFiles(settings, certificate, key, password.Length > 0 ? password : null);
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
