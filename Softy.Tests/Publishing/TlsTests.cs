using YamlDotNet.RepresentationModel;

namespace Softy.Tests.Publishing;

/// <summary>A deployment serves HTTPS when its variables name a certificate.</summary>
public sealed class TlsTests
{
    private const string Environment = "services/gateway/environment";

    [Fact]
    public async Task Compose_mounts_a_folder_that_the_gateway_cannot_write_to()
    {
        using var deployment = await PublishAsync("compose");

        deployment
            .List("services/gateway/ports")
            .ShouldBe(["${GATEWAY_PORT:-80}:8080", "${GATEWAY_HTTPS_PORT:-443}:8443"]);
        var mount = deployment
            .Find("services/gateway/volumes")
            .ShouldBeOfType<YamlSequenceNode>()
            .ShouldHaveSingleItem()
            .ShouldBeOfType<YamlMappingNode>();
        mount.ToString().ShouldBe("{ { type, bind }, { target, /tls }, { source, ./tls }, { read_only, true } }");
        deployment.Value($"{Environment}/Gateway__Tls__Folder").ShouldBe("/tls");
        deployment.Value($"{Environment}/Gateway__Tls__Certificates__0__File").ShouldBe("${TLS_CERTIFICATE:-}");
        deployment.Value($"{Environment}/Gateway__Tls__Certificates__0__Key").ShouldBe("${TLS_KEY:-}");
        deployment.Value($"{Environment}/Gateway__Tls__PublicPort").ShouldBe("${GATEWAY_HTTPS_PORT:-443}");
        deployment.Value($"{Environment}/Gateway__Acme__Folder").ShouldBe("/tls/acme");
        Directory.Exists(Path.Combine(deployment.Folder, "tls")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_swarm_keeps_the_certificate_and_its_key_as_secrets()
    {
        using var deployment = await PublishAsync("swarm");

        deployment.Value("secrets/tls-certificate/file").ShouldBe("./tls/${TLS_CERTIFICATE}");
        deployment.Value("secrets/tls-certificate/name").ShouldBe("softy-tls-certificate-${TLS_VERSION:-1}");
        deployment.Value("secrets/tls-key/file").ShouldBe("./tls/${TLS_KEY}");
        deployment
            .Find("services/gateway/secrets")
            .ShouldNotBeNull()
            .ToString()
            .ShouldBe(
                "[ { { source, tls-certificate }, { uid, 1654 }, { mode, 256 } }, "
                    + "{ { source, tls-key }, { uid, 1654 }, { mode, 256 } } ]"
            );
        deployment.Value($"{Environment}/Gateway__Tls__Certificates__0__File").ShouldBe("/run/secrets/tls-certificate");
        deployment.Value($"{Environment}/Gateway__Tls__Certificates__0__Key").ShouldBe("/run/secrets/tls-key");
        deployment.Compose.ShouldNotContain("bind");
    }

    [Fact]
    public async Task Without_a_certificate_there_is_neither_port_nor_folder()
    {
        using var deployment = new Deployment();
        await File.WriteAllTextAsync(deployment.VariablesPath, "TLS_CERTIFICATE=\n", Cancellation);
        await deployment.PublishAsync();

        deployment.Compose.ShouldNotContain("8443");
        deployment.Compose.ShouldNotContain("Tls");
        Directory.Exists(Path.Combine(deployment.Folder, "tls")).ShouldBeFalse();
        deployment.Suggestions.ShouldContain("TLS_KEY");
        deployment.Suggestions.ShouldContain("GATEWAY_HTTPS_PORT");
    }

    private static async Task<Deployment> PublishAsync(string target)
    {
        var deployment = new Deployment();
        await File.WriteAllTextAsync(
            deployment.VariablesPath,
            "TLS_CERTIFICATE=fullchain.pem\nTLS_KEY=privkey.pem\n",
            Cancellation
        );
        await deployment.PublishAsync($"--Deployment:Target={target}");
        return deployment;
    }
}
