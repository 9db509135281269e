using System.Globalization;
using Softy.AppHost.Compose.Nodes;

namespace Softy.AppHost.Compose;

/// <summary>
/// Says of each service what the application model does not: images, health checks, limits, how it stops and is
/// replaced.
/// </summary>
/// <param name="options">What the user has chosen.</param>
/// <param name="repository">The folder with the Dockerfile, from the output folder.</param>
internal sealed class ComposeDefaults(AppHostOptions options, string repository)
{
    /// <summary>The host name of the dashboard, and the port that takes telemetry over gRPC.</summary>
    public const string TelemetryAddress = $"http://{DashboardName}:18889";

    /// <summary>The service of the dashboard.</summary>
    public const string DashboardName = "softy-dashboard";

    /// <summary>The profile that the dashboard belongs to: it runs on request only.</summary>
    public const string DashboardProfile = "dashboard";

    private const string Program = "/app/service";

    private static string Port => AppModelReader.ProjectPort.ToString(CultureInfo.InvariantCulture);

    private bool IsSwarm => options.Target == DeploymentTarget.Swarm;

    /// <summary>Completes the service of a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="service">Its service, as the model describes it.</param>
    public void Complete(IResource resource, ComposeService service)
    {
        switch (resource)
        {
            case ProjectResource project:
                CompleteProject(project, service);
                break;
            case PostgresServerResource postgres:
                CompletePostgres(postgres, service);
                break;
            case RedisResource:
                CompleteRedis(service);
                break;
        }

        service.Logging = Log();
        service.Restart = IsSwarm ? null : "unless-stopped";
    }

    /// <summary>The dashboard, for those who ask for it, and on this machine only.</summary>
    /// <returns>The service.</returns>
    public static ComposeService Dashboard() =>
        new()
        {
            Image = "mcr.microsoft.com/dotnet/nightly/aspire-dashboard:13.5",
            Ports = { $"127.0.0.1:{DeploymentVariables.DashboardPort}:18888" },
            Expose = { "18889", "18890" },
            Networks = { AppModelReader.Network },
            Restart = "unless-stopped",
            Logging = Log(),
            Profiles = { DashboardProfile },
        };

    private void CompleteProject(ProjectResource project, ComposeService service)
    {
        var name = AppModelReader.ServiceName(project);
        service.Image = $"softy-{name}:{DeploymentVariables.Tag}";
        if (IsSwarm)
        {
            // Every machine of a swarm pulls the image; none can build it.
            service.Image = $"{DeploymentVariables.Registry}/{service.Image}";
            service.Hostname = $"{name}-{{{{.Task.Slot}}}}";
        }
        else
        {
            service.Build = new ComposeBuild(
                ComposeValues.Escape(repository.Replace('\\', '/')),
                "Dockerfile",
                new(StringComparer.Ordinal)
                {
                    ["PROJECT"] = Path.GetFileNameWithoutExtension(project.GetProjectMetadata().ProjectPath),
                }
            );
        }

        Harden(service, "/tmp");
        AddTelemetry(project, service);
        service.StopSignal = "SIGTERM";
        service.StopGracePeriod = "30s";
        service.Healthcheck = new ComposeHealthcheck(["CMD", Program, "--probe", "/health"], StartPeriod: "60s");
        service.Deploy = Deploy(memory: "256M", order: "start-first");
        if (project.Annotations.OfType<ReplicaAnnotation>().LastOrDefault() is { } replicas)
        {
            service.Deploy.Replicas = DeploymentVariables.Replicas(project, replicas.Replicas);
        }

        if (name == "gateway")
        {
            CompleteGateway(service);
        }
        else if (name == "api")
        {
            // Without a value Compose passes on what .env or the shell says, and nothing where neither does.
            service.Environment[DeploymentVariables.Greeting] = null;
        }
    }

    private void CompleteGateway(ComposeService service)
    {
        service.Ports.Clear();
        service.Ports.Add($"{DeploymentVariables.GatewayPort}:{Port}");
        service.Environment["Gateway__Policy"] = DeploymentVariables.GatewayPolicy;

        // It is the first to be asked: what clients say of where they come from is for its own settings to judge.
        service.Environment["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "false";
        if (IsSwarm)
        {
            // Swarm replaces what is unhealthy, which helps no gateway whose replicas are down.
            service.Healthcheck = new ComposeHealthcheck(["CMD", Program, "--probe", "/alive"], StartPeriod: "60s");
        }
    }

    private void CompletePostgres(PostgresServerResource postgres, ComposeService service)
    {
        if (postgres.Databases.Count != 1)
        {
            throw new PublishException(
                $"Resource '{postgres.Name}' cannot be published: its image creates one database, and it has "
                    + $"{postgres.Databases.Count.ToString(CultureInfo.InvariantCulture)}."
            );
        }

        var database = postgres.Databases.Values.Single();
        service.Environment["POSTGRES_DB"] = database;
        PostgresVersion.Apply(postgres, service);
        Harden(service, "/tmp", "/var/run/postgresql");
        service.User = "postgres";
        service.StopSignal = "SIGINT"; // ends sessions and writes everything down, where SIGTERM would wait for them
        service.StopGracePeriod = "60s";

        // Over TCP: while the database is being set up, the server listens on its socket only.
        service.Healthcheck = new ComposeHealthcheck(
            ["CMD-SHELL", $"pg_isready -q -h 127.0.0.1 -U postgres -d {database}"],
            StartPeriod: "60s"
        );
        service.Deploy = DeployStore(memory: "512M");
    }

    private void CompleteRedis(ComposeService service)
    {
        Harden(service, "/tmp");
        service.User = "redis";
        if (service.Command is [.., { } line])
        {
            // Else the shell stays the first process, and keeps the signal to end from Redis, which then saves nothing.
            service.Command[^1] = $"exec {line}";
        }

        service.StopSignal = "SIGTERM";
        service.StopGracePeriod = "30s";
        service.Healthcheck = new ComposeHealthcheck(
            ["CMD-SHELL", "REDISCLI_AUTH=\"$$REDIS_PASSWORD\" redis-cli ping | grep -q PONG"],
            StartPeriod: "30s"
        );
        service.Deploy = DeployStore(memory: "256M");
    }

    // Without a value these are passed on from .env, and absent where it has none: then the service collects nothing.
    private static void AddTelemetry(ProjectResource project, ComposeService service)
    {
        if (!project.Annotations.OfType<OtlpExporterAnnotation>().Any())
        {
            return;
        }

        service.Environment["OTEL_SERVICE_NAME"] = AppModelReader.ServiceName(project);
        foreach (var name in DeploymentVariables.Telemetry)
        {
            service.Environment[name] = null;
        }

        service.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = DeploymentVariables.TelemetryProtocol;
    }

    private void Harden(ComposeService service, params string[] writable)
    {
        service.ReadOnly = true;
        service.CapDrop.Add("ALL");
        if (IsSwarm)
        {
            service.Volumes.AddRange(writable.Select(folder => new ComposeMount("tmpfs", folder)));
        }
        else
        {
            service.SecurityOpt.Add("no-new-privileges:true");
            service.Tmpfs.AddRange(writable);
        }
    }

    private ComposeDeploy Deploy(string memory, string order, ComposePlacement? placement = null) =>
        new()
        {
            Resources = new ComposeResources(new ComposeLimits(memory)),
            Placement = placement,
            UpdateConfig = new ComposeUpdateConfig(order),
            RestartPolicy = IsSwarm ? new ComposeRestartPolicy("any", "2s") : null,
        };

    // Two servers must never have the same data, and the data is on one machine.
    private ComposeDeploy DeployStore(string memory) =>
        Deploy(memory, order: "stop-first", IsSwarm ? new ComposePlacement(["node.labels.softy.data == true"]) : null);

    private static ComposeLogging Log() =>
        new("json-file", new(StringComparer.Ordinal) { ["max-size"] = "10m", ["max-file"] = "3" });
}
