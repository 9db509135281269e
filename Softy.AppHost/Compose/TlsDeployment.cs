using System.Globalization;
using Softy.AppHost.Compose.Nodes;

namespace Softy.AppHost.Compose;

/// <summary>
/// HTTPS in a deployment whose <c>.env</c> names a certificate. Where it names none, the deployment has neither the
/// port nor the folder: a compose file cannot leave out a part for want of a variable, and the port may be another
/// program's.
/// </summary>
/// <param name="target">What the deployment is for.</param>
internal sealed class TlsDeployment(DeploymentTarget target)
{
    private const string Gateway = "gateway";
    private const string Certificate = "TLS_CERTIFICATE";
    private const string Key = "TLS_KEY";
    private const string Port = "GATEWAY_HTTPS_PORT";
    private const string Version = "TLS_VERSION";
    private const string PortValue = $"${{{Port}:-443}}";

    private const int InsidePort = 8443;
    private const string Folder = "tls";
    private const string MountedFolder = "/tls";
    private const string SecretFolder = "/run/secrets";
    private const string CertificateSecret = "tls-certificate";
    private const string KeySecret = "tls-key";

    // The user of .NET's images.
    private const string User = "1654";
    private const int ReadableByUser = 0x100; // 0400

    private bool IsSwarm => target == DeploymentTarget.Swarm;

    /// <summary>Whether the variables name a certificate.</summary>
    public static bool IsEnabled(VariablesFile variables) => variables.Has(Certificate);

    /// <summary>Gives the gateway a port for HTTPS, and the certificate.</summary>
    /// <param name="file">The deployment.</param>
    /// <param name="folder">Where the deployment is written to.</param>
    /// <param name="variables">Its variables.</param>
    public void AddTo(ComposeFile file, string folder, VariablesFile variables)
    {
        var service = file.Services[Gateway];
        service.Ports.Add($"{PortValue}:{InsidePort.ToString(CultureInfo.InvariantCulture)}");
        service.Environment["Gateway__Tls__PublicPort"] = PortValue;
        if (IsSwarm)
        {
            AddSecrets(file, service, hasKey: variables.Has(Key));
        }
        else
        {
            AddFolder(service);
        }

        // A container's engine could not mount a folder that is not there.
        Directory.CreateDirectory(Path.Combine(folder, Folder));
    }

    /// <summary>Shows the variables, where they are not in use.</summary>
    public void Suggest(VariablesFile variables)
    {
        variables.Suggest(
            Certificate,
            "fullchain.pem",
            "HTTPS: the certificate in the folder 'tls' beside this file. Publish again when this line is on or off."
        );
        variables.Suggest(Key, "privkey.pem", "Its private key, in the same folder.");
        variables.Suggest(Port, "443", "The port on which Softy answers by HTTPS.");
        if (IsSwarm)
        {
            variables.Suggest(Version, "1", "Another number for another certificate: a swarm's secrets cannot change.");
        }
    }

    // A folder and no files: files that are renewed are other ones, which a mount of the first would not show.
    private static void AddFolder(ComposeService service)
    {
        service.Volumes.Add(new ComposeMount("bind", MountedFolder, $"./{Folder}", ReadOnly: true));
        service.Environment["Gateway__Tls__Folder"] = MountedFolder;
        SetCertificate(service, $"${{{Certificate}:-}}", $"${{{Key}:-}}");
        service.Environment["Gateway__Acme__Folder"] = $"{MountedFolder}/acme";
    }

    private static void AddSecrets(ComposeFile file, ComposeService service, bool hasKey)
    {
        Add(CertificateSecret, Certificate);
        if (hasKey)
        {
            Add(KeySecret, Key);
        }

        SetCertificate(
            service,
            $"{SecretFolder}/{CertificateSecret}",
            hasKey ? $"{SecretFolder}/{KeySecret}" : string.Empty
        );

        void Add(string secret, string variable)
        {
            file.Secrets[secret] = new ComposeSecretFile(
                $"./{Folder}/${{{variable}}}",
                $"softy-{secret}-${{{Version}:-1}}"
            );
            service.Secrets.Add(new ComposeSecret(secret, User, ReadableByUser));
        }
    }

    private static void SetCertificate(ComposeService service, string file, string key)
    {
        service.Environment["Gateway__Tls__Certificates__0__File"] = file;
        service.Environment["Gateway__Tls__Certificates__0__Key"] = key;
    }
}
