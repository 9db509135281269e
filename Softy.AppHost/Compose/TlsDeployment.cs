using System.Globalization;
using Softy.AppHost.Compose.Nodes;

namespace Softy.AppHost.Compose;

/// <summary>
/// Configures HTTPS in a deployment whose <c>.env</c> names a certificate. Otherwise the deployment has neither the
/// port nor the folder, because a compose file cannot depend on whether a variable is set, and the port might be in
/// use.
/// </summary>
/// <param name="target">The kind of deployment.</param>
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

    // The user ID in .NET's container images.
    private const string User = "1654";
    private const int ReadableByUser = 0x100; // 0400

    private bool IsSwarm => target == DeploymentTarget.Swarm;

    /// <summary>Whether the variables contain a certificate.</summary>
    public static bool IsEnabled(VariablesFile variables) => variables.Has(Certificate);

    /// <summary>Adds the HTTPS port and the certificate to the gateway.</summary>
    /// <param name="file">The deployment.</param>
    /// <param name="folder">The output folder.</param>
    /// <param name="variables">The variables of the deployment.</param>
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

        // A container engine cannot mount a folder that does not exist.
        Directory.CreateDirectory(Path.Combine(folder, Folder));
    }

    /// <summary>Adds the unused variables as comments.</summary>
    public void Suggest(VariablesFile variables)
    {
        variables.Suggest(
            Certificate,
            "fullchain.pem",
            "HTTPS: the certificate in the folder 'tls' beside this file. Publish again after enabling it."
        );
        variables.Suggest(Key, "privkey.pem", "Its private key, in the same folder.");
        variables.Suggest(Port, "443", "The HTTPS port of Softy.");
        if (IsSwarm)
        {
            variables.Suggest(
                Version,
                "1",
                "Increase it for a new certificate, because a swarm's secrets cannot change."
            );
        }
    }

    // Mounts the folder instead of the files, because renewed certificates are new files, which a file mount would not
    // show.
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
