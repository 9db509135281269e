namespace Softy.Gateway.Tls;

/// <summary>The files of a certificate and its private key.</summary>
internal sealed class CertificateOptions
{
    /// <summary>
    /// The certificate's file, as PFX or PEM. A PEM file has the server's certificate first, followed by the
    /// intermediate certificates.
    /// </summary>
    /// <value>the path of a file</value>
    public string File { get; set; } = "";

    /// <summary>The file of the private key as PEM; empty if <see cref="File"/> contains the key.</summary>
    /// <value>the path of a file</value>
    public string Key { get; set; } = "";

    /// <summary>The password of the private key or the PFX file; empty if there is none.</summary>
    /// <value>any text</value>
    public string Password { get; set; } = "";

    /// <summary>
    /// A file with the password, such as a mounted secret. It takes precedence over <see cref="Password"/>.
    /// </summary>
    /// <value>the path of a file</value>
    public string PasswordFile { get; set; } = "";

    /// <summary>Resolves relative paths against a folder.</summary>
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
