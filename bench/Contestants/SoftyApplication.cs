using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Softy.Bench.Measuring;

namespace Softy.Bench.Contestants;

/// <summary>
/// The whole application with the resources and settings of its AppHost, and with native programs or those that .NET
/// compiles while they run. As in a deployment, the services run in the Production environment and export no telemetry.
/// </summary>
internal sealed class SoftyApplication : IAsyncDisposable
{
    private static readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(120);

    private readonly DistributedApplication _app;
    private readonly Dictionary<string, int> _processIds = new(StringComparer.Ordinal);

    private SoftyApplication(DistributedApplication app, Build build, int replicas)
    {
        _app = app;
        Build = build;
        ReplicaNames =
        [
            .. Enumerable.Range(1, replicas).Select(number => $"api-{number.ToString(CultureInfo.InvariantCulture)}"),
        ];
    }

    /// <summary>What kind of programs run.</summary>
    public Build Build { get; }

    public IReadOnlyList<string> ReplicaNames { get; }

    /// <summary>The gateway with its replicas.</summary>
    public Contestant Gateway =>
        new(Build.Name, AddressOf("gateway"), () => ProcessesOf("gateway"), () => ProcessesOf(ReplicaNames));

    /// <summary>The memory of gateway, replicas and web site now.</summary>
    public Memory Memory => Usage.Memory([.. ProcessesOf(Services)]);

    /// <summary>The sum of the peaks of the same processes.</summary>
    public long PeakBytes => Usage.PeakBytes(ProcessesOf(Services));

    /// <summary>Seconds of CPU time that the same processes have used.</summary>
    public double CpuSeconds => Usage.CpuSeconds(ProcessesOf(Services));

    private IEnumerable<string> Services => [.. ReplicaNames, "gateway", "web"];

    /// <summary>Starts the application and waits until it is healthy.</summary>
    /// <exception cref="InvalidOperationException">The programs are not of the wanted build.</exception>
    public static async Task<SoftyApplication> StartAsync(
        Build build,
        int replicas,
        CancellationToken cancellationToken
    )
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_startTimeout);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Softy_AppHost>(
            [
                "--Volumes=none",
                "--Dashboard:Enabled=false",
                $"--Replicas={replicas.ToString(CultureInfo.InvariantCulture)}",
                .. build.Arguments,
            ],
            timeout.Token
        );
        foreach (var project in builder.Resources.OfType<ProjectResource>().ToList())
        {
            builder.CreateResourceBuilder(project).WithEnvironment("ASPNETCORE_ENVIRONMENT", "Production");
        }

        builder.Services.AddLogging(logging => logging.ClearProviders());
        var application = new SoftyApplication(await builder.BuildAsync(timeout.Token), build, replicas);
        await application._app.StartAsync(timeout.Token);
        await application._app.ResourceNotifications.WaitForResourceHealthyAsync("gateway", timeout.Token);
        foreach (var resource in application.ReplicaNames.Concat(["gateway", "web", "postgres", "redis"]))
        {
            application._processIds[resource] = await application.FindProcessAsync(resource, timeout.Token);
        }

        foreach (var process in application.ProcessesOf(application.Services))
        {
            build.Verify(process);
        }

        return application;
    }

    /// <summary>The endpoint of a project.</summary>
    public Uri AddressOf(string resource)
    {
        var endpoint = _app.GetEndpoint(resource, "http");
        // wrk would resolve a host name, and take the first of several addresses.
        return new UriBuilder(endpoint) { Host = "127.0.0.1" }.Uri;
    }

    public IEnumerable<int> ProcessesOf(params IEnumerable<string> resources) =>
        resources.Select(resource => _processIds[resource]);

    /// <summary>The settings by which another replica uses the same stores.</summary>
    public async Task<(string Name, string Value)[]> GetStoresAsync(CancellationToken cancellationToken) =>
        [await GetConnectionAsync("softydb", cancellationToken), await GetConnectionAsync("redis", cancellationToken)];

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<(string Name, string Value)> GetConnectionAsync(
        string store,
        CancellationToken cancellationToken
    ) =>
        (
            $"ConnectionStrings__{store}",
            await _app.GetConnectionStringAsync(store, cancellationToken)
                ?? throw new InvalidOperationException($"{store} has no connection string.")
        );

    private async Task<int> FindProcessAsync(string resource, CancellationToken cancellationToken)
    {
        var running = await _app.ResourceNotifications.WaitForResourceAsync(
            resource,
            change =>
                change.Snapshot.Properties.Any(property =>
                    property.Name == "executable.pid" && property.Value is not null
                ),
            cancellationToken
        );
        return Convert.ToInt32(
            running.Snapshot.Properties.First(property => property.Name == "executable.pid").Value,
            CultureInfo.InvariantCulture
        );
    }
}
