using System.Globalization;

namespace Softy.Bench.Contestants;

/// <summary>Starts other load balancers over the same replicas.</summary>
internal sealed class Competitors : IDisposable
{
    public const string Nginx = "nginx, tuned";
    public const string HAProxy = "HAProxy, tuned";

    private readonly List<ProxyProcess> _processes = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("softy-bench-");

    public Task<Contestant> StartTunedNginxAsync(SoftyApplication softy, CancellationToken cancellationToken) =>
        StartAsync(
            Nginx,
            "nginx-tuned.conf",
            softy,
            replica => $"server {replica};",
            file => ("nginx", ["-p", _folder.FullName, "-c", file]),
            cancellationToken
        );

    public Task<Contestant> StartSimpleNginxAsync(SoftyApplication softy, CancellationToken cancellationToken) =>
        StartAsync(
            "nginx, simple",
            "nginx-simple.conf",
            softy,
            replica => $"server {replica};",
            file => ("nginx", ["-p", _folder.FullName, "-c", file]),
            cancellationToken
        );

    public Task<Contestant> StartHAProxyAsync(SoftyApplication softy, CancellationToken cancellationToken) =>
        StartAsync(
            HAProxy,
            "haproxy.cfg",
            softy,
            replica => $"server {replica.Replace(':', '-')} {replica} pool-max-conn 512",
            file => ("haproxy", ["-db", "-f", file]),
            cancellationToken
        );

    public Task<Contestant> StartCaddyAsync(SoftyApplication softy, CancellationToken cancellationToken) =>
        StartAsync(
            "Caddy",
            "Caddyfile",
            softy,
            replica => replica,
            file => ("caddy", ["run", "--adapter", "caddyfile", "--config", file]),
            cancellationToken,
            separator: " "
        );

    /// <summary>Starts three replicas of Flask behind nginx.</summary>
    public async Task<Contestant> StartFlaskAsync(CancellationToken cancellationToken)
    {
        var ports = FreePorts.Find(4);
        var script = Path.Combine(AppContext.BaseDirectory, "configurations", "hello.py");
        var replicas = new List<ProxyProcess>();
        foreach (var port in ports.Take(3))
        {
            replicas.Add(
                Track(
                    await ProxyProcess.StartAsync(
                        "/usr/bin/python3",
                        [script],
                        port,
                        cancellationToken,
                        ("PORT", port.ToString(CultureInfo.InvariantCulture))
                    )
                )
            );
        }

        var folder = NewFolder();
        var file = Write(
            "nginx-simple.conf",
            folder,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["port"] = ports[3].ToString(CultureInfo.InvariantCulture),
                ["servers"] = string.Join(
                    "\n        ",
                    ports
                        .Take(3)
                        .Select(port => string.Create(CultureInfo.InvariantCulture, $"server 127.0.0.1:{port};"))
                ),
            }
        );
        var proxy = Track(
            await ProxyProcess.StartAsync("nginx", ["-p", folder, "-c", file], ports[3], cancellationToken)
        );
        return new Contestant(
            "nginx + Flask",
            At(ports[3]),
            () => proxy.ProcessIds,
            () => replicas.SelectMany(replica => replica.ProcessIds)
        );
    }

    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
        _folder.Delete(recursive: true);
    }

    private static Uri At(int port) => new UriBuilder("http", "127.0.0.1", port).Uri;

    private async Task<Contestant> StartAsync(
        string name,
        string template,
        SoftyApplication softy,
        Func<string, string> server,
        Func<string, (string Program, string[] Arguments)> command,
        CancellationToken cancellationToken,
        string separator = "\n        "
    )
    {
        var port = FreePorts.Find(1)[0];
        var file = Write(
            template,
            NewFolder(),
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["port"] = port.ToString(CultureInfo.InvariantCulture),
                ["cores"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
                ["web"] = softy.AddressOf("web").Authority,
                ["servers"] = string.Join(
                    separator,
                    softy.ReplicaNames.Select(replica => server(softy.AddressOf(replica).Authority))
                ),
            }
        );
        var (program, arguments) = command(file);
        var proxy = Track(await ProxyProcess.StartAsync(program, arguments, port, cancellationToken));
        return new Contestant(name, At(port), () => proxy.ProcessIds, () => softy.ProcessesOf(softy.ReplicaNames));
    }

    private ProxyProcess Track(ProxyProcess process)
    {
        _processes.Add(process);
        return process;
    }

    private string NewFolder() => _folder.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName;

    private static string Write(string template, string folder, Dictionary<string, string> values)
    {
        values["folder"] = folder;
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "configurations", template));
        foreach (var (name, value) in values)
        {
            text = text.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        }

        var file = Path.Combine(folder, template);
        File.WriteAllText(file, text);
        return file;
    }
}
