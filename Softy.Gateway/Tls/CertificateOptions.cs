namespace Softy.Gateway.Tls;

/// <summary>Where a certificate and its private key are.</summary>
internal sealed class CertificateOptions
{
    /// <summary>
    /// The certificate's file: PEM, with the server's certificate first and then those that lead to the root, or PFX.
    /// </summary>
    /// <value>the path of a file</value>
    public string File { get; set; } = "";

    /// <summary>The file of the private key as PEM; empty where <see cref="File"/> has the key too.</summary>
    /// <value>the path of a file</value>
    public string Key { get; set; } = "";

    /// <summary>The password of the private key or the PFX file; empty where it has none.</summary>
    /// <value>any text</value>
    public string Password { get; set; } = "";

    /// <summary>A file with the password, such as a mounted secret. It wins over <see cref="Password"/>.</summary>
    /// <value>the path of a file</value>
    public string PasswordFile { get; set; } = "";

    /// <summary>The same files, with paths that are relative to a folder.</summary>
    public CertificateOptions ResolvePaths(string folder) =>
        new()
        {
            File = ResolvePath(folder, File),
            Key = ResolvePath(folder, Key),
            Password = Password,
            PasswordFile = ResolvePath(folder, PasswordFile),
        };

    private static string ResolvePath(string folder, string file) => file.Length == 0 ? "" : Path.Combine(folder, file);
}
