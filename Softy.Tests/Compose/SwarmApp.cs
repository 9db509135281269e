using System.Globalization;
using Softy.Tests.Entry;
using Softy.Tests.Publishing;

namespace Softy.Tests.Compose;

/// <summary>
/// The deployment for several machines, on a swarm of this one machine that ends with it. Nothing else may run on the
/// engine: the end of a swarm takes the network from the containers that it finds, whosoever they are.
/// </summary>
public sealed class SwarmApp : IAsyncLifetime
{
    private const string Registry = "127.0.0.1:5000";

    private static readonly string[] _services = ["Web", "Api", "Gateway"];

    private readonly string _stack = $"{ComposeApp.Project}-swarm";
    private readonly List<string> _images = [];
    private Deployment? _deployment;
    private bool _hasSwarm;

    public DeployedGateway Gateway { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await EngineHost.StartAsync();
        EngineHost.Open(Gateway.Port);
        EngineHost.Open(Gateway.SecurePort);
        (await Engine.DockerAsync("info", "--format", "{{.Swarm.LocalNodeState}}"))
            .Trim()
            .ShouldBe("inactive", "These tests make a swarm of their own, and the engine is part of one.");
        (await Engine.DockerAsync("ps", "--quiet")).ShouldBeEmpty(
            "The end of a swarm would take the network from these containers."
        );
        _deployment = await Deployment.CreateAsync("--Deployment:Target=swarm");
        try
        {
            await Engine.DockerAsync(
                "swarm",
                "init",
                "--advertise-addr",
                "127.0.0.1",
                "--listen-addr",
                "127.0.0.1:2377"
            );
            _hasSwarm = true;
            await Engine.DockerAsync(
                "node",
                "update",
                "--label-add",
                "softy.data=true",
                (await Engine.DockerAsync("info", "--format", "{{.Swarm.NodeID}}")).Trim()
            );
            foreach (var service in _services)
            {
                await BuildAsync(service, "first");
            }

            await DeployAsync("first");
            await Gateway.WaitForAsync(replicas: 3);
        }
        catch (Exception e)
        {
            var logs = _hasSwarm ? await LogsAsync() : "";
            await DisposeAsync();
            throw new InvalidOperationException($"{e.Message}\n{logs}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_hasSwarm)
        {
            try
            {
                await Engine.DockerAsync("stack", "rm", _stack);
                await Eventually.Async(
                    async () => (await ContainersAsync()).Length == 0,
                    "the tasks have ended",
                    TimeSpan.FromMinutes(2)
                );
            }
            finally
            {
                await Engine.DockerAsync("swarm", "leave", "--force");
                _hasSwarm = false;
            }

            // None of them is there where the stack was not deployed.
            await Engine.TryDockerAsync("volume", "rm", $"{_stack}_softy-postgres", $"{_stack}_softy-redis");
            await Engine.TryDockerAsync("network", "rm", "docker_gwbridge");
        }

        foreach (var image in _images)
        {
            await Engine.TryDockerAsync("image", "rm", image);
        }

        _images.Clear();
        _deployment?.Dispose();
        _deployment = null;
    }

    /// <summary>Updates the replicas of the API to another version, as the stack file says, and waits.</summary>
    /// <returns>The image of the new version.</returns>
    public async Task<string> UpdateApiAsync(string version)
    {
        var image = await BuildAsync("Api", version);
        await Engine.DockerAsync(
            "service",
            "update",
            "--quiet",
            "--no-resolve-image",
            "--image",
            image,
            $"{_stack}_api"
        );
        return image;
    }

    /// <summary>
    /// Publishes the stack with a certificate, whose files the test writes, and restores it at the end.
    /// </summary>
    /// <param name="test">Gets the folder for the certificate, and what deploys a version of it.</param>
    internal async Task WithHttpsAsync(Func<string, Func<int, Task>, Task> test)
    {
        var path = _deployment!.VariablesPath;
        var text = await File.ReadAllTextAsync(path);
        try
        {
            // Creates the folder.
            await PublishAsync(1);
            await test(Path.Combine(_deployment.Folder, "tls"), DeployVersionAsync);
        }
        finally
        {
            await File.WriteAllTextAsync(path, text);
            await _deployment.PublishAsync("--Deployment:Target=swarm");
            await DeployAsync("first");
            // Until then, the gateway with HTTPS would answer, and stop during the next test.
            await Eventually.Async(IsPlainAsync, "the gateway without HTTPS has replaced the other");
            await Gateway.WaitForAsync(replicas: 3);
        }

        async Task<bool> IsPlainAsync()
        {
            var gateways = await RunningAsync("gateway");
            return gateways.Length == 1
                && !gateways[0]
                    .Environment.Any(variable =>
                        variable.StartsWith("Gateway__Tls__Certificates", StringComparison.Ordinal)
                    );
        }

        async Task PublishAsync(int version)
        {
            await File.WriteAllTextAsync(
                path,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{text}\nTLS_CERTIFICATE=server.pem\nTLS_KEY=server.key\nTLS_VERSION={version}\n"
                )
            );
            await _deployment.PublishAsync("--Deployment:Target=swarm");
        }

        async Task DeployVersionAsync(int version)
        {
            await PublishAsync(version);
            await DeployAsync("first");
        }
    }

    public async Task<string> LogsAsync()
    {
        var (_, logs, _) = await Engine.TryDockerAsync("stack", "ps", "--no-trunc", _stack);
        foreach (var container in await ContainersAsync())
        {
            var (_, output, error) = await Engine.TryDockerAsync("logs", "--tail", "50", container.Id);
            logs += $"--- {container.Image}\n{output}{error}";
        }

        return logs;
    }

    /// <summary>The running containers of one of Softy's own services, whatever their version.</summary>
    internal async Task<Container[]> RunningAsync(string service) =>
        [
            .. (await ContainersAsync()).Where(container =>
                container.IsRunning && container.Image.Contains($"/softy-{service}:", StringComparison.Ordinal)
            ),
        ];

    internal Task<Container[]> ContainersAsync() => Engine.FindAsync($"com.docker.stack.namespace={_stack}");

    private static string TagOf(string version) => $"{ComposeApp.Project}-{version}";

    private async Task<string> BuildAsync(string service, string version)
    {
        var image = $"{Registry}/softy-{service.ToLowerInvariant()}:{TagOf(version)}";
        await Engine.DockerAsync("build", "--build-arg", $"PROJECT=Softy.{service}", "--tag", image, Sources.Root);
        _images.Add(image);
        return image;
    }

    private async Task DeployAsync(string version)
    {
        // What the documentation reads from .env, but for these three.
        var environment = new Dictionary<string, string>(
            _deployment!.Variables.Concat(EngineHost.Environment),
            StringComparer.Ordinal
        )
        {
            ["GATEWAY_PORT"] = Gateway.Port.ToString(CultureInfo.InvariantCulture),
            ["GATEWAY_HTTPS_PORT"] = Gateway.SecurePort.ToString(CultureInfo.InvariantCulture),
            ["REGISTRY"] = Registry,
            ["SOFTY_TAG"] = TagOf(version),
        };
        string[] files = ["--compose-file", _deployment.ComposePath];
        if (!File.Exists("/proc/net/ip_vs"))
        {
            // Swarm's ingress needs IPVS. A kernel without it can still publish the port of the one gateway container.
            var file = Path.Combine(_deployment.Folder, "host-port.yaml");
            var secure = _deployment.Variables.ContainsKey("TLS_CERTIFICATE")
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"- {{ target: 8443, published: {Gateway.SecurePort}, mode: host }}"
                )
                : "";
            await File.WriteAllTextAsync(
                file,
                $$"""
                version: "3.8"
                services:
                  gateway:
                    ports:
                      - { target: 8080, published: {{Gateway.Port}}, mode: host }
                      {{secure}}
                    deploy:
                      # Two containers cannot publish the same port of the machine.
                      update_config: { order: stop-first }
                """
            );
            files = [.. files, "--compose-file", file];
        }

        await Command.RunAsync(
            "docker",
            ["stack", "deploy", .. files, "--resolve-image", "never", _stack],
            _deployment.Folder,
            environment
        );
    }
}
