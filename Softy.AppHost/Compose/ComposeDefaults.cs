using System.Globalization;
using Softy.AppHost.Compose.Nodes;

namespace Softy.AppHost.Compose;

/// <summary>
/// Adds what the application model lacks to each service: images, health checks, limits, and how it is stopped and
/// updated.
/// </summary>
/// <param name="options">The options of the application.</param>
/// <param name="repository">The path from the output folder to the folder with the Dockerfile.</param>
internal sealed class ComposeDefaults(AppHostOptions options, string repository)
{
    /// <summary>The address at which the dashboard receives telemetry by gRPC.</summary>
    public const string TelemetryAddress = $"http://{DashboardName}:18889";

    /// <summary>The name of the dashboard's service.</summary>
    public const string DashboardName = "softy-dashboard";

    /// <summary>The Compose profile of the dashboard, which starts only on request.</summary>
    public const string DashboardProfile = "dashboard";

    private const string Program = "/app/service";

    private static string Port => AppModelReader.ProjectPort.ToString(CultureInfo.InvariantCulture);

    private bool IsSwarm => options.Target == DeploymentTarget.Swarm;

    /// <summary>Completes the service of a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="service">The service, with the values of the application model.</param>
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

    /// <summary>Creates the service of the optional dashboard, which is published on loopback only.</summary>
    /// <returns>The service.</returns>
    public static ComposeService Dashboard() =>
        new()
        {
            Image = "mcr.microsoft.com/dotnet/nightly/aspire-dashboard:13.6",
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
            // The machines of a swarm pull images and cannot build them.
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
            // Without a value, Compose passes the variable from .env or the shell, if it is set.
            service.Environment[DeploymentVariables.Greeting] = null;
        }
    }

    private void CompleteGateway(ComposeService service)
    {
        service.Ports.Clear();
        service.Ports.Add($"{DeploymentVariables.GatewayPort}:{Port}");
        service.Environment["Gateway__Policy"] = DeploymentVariables.GatewayPolicy;

        // The gateway faces the internet, and has its own options for forwarded headers.
        service.Environment["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "false";
        if (IsSwarm)
        {
            // Swarm replaces unhealthy tasks, which would not help a gateway whose replicas are down.
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
        service.StopSignal = "SIGINT"; // fast shutdown; SIGTERM would wait for all clients
        service.StopGracePeriod = "60s";

        // By TCP, because the server listens only on its socket while the database is initialized.
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
            // Without exec, the shell would stay process 1 and not forward SIGTERM to Redis, which would then lose
            // data.
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

    // Compose passes these variables from .env. If they are not set, the services collect no telemetry.
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

    // Two servers must never use the same data, and the volume exists on one machine only.
    private ComposeDeploy DeployStore(string memory) =>
        Deploy(memory, order: "stop-first", IsSwarm ? new ComposePlacement(["node.labels.softy.data == true"]) : null);

    private static ComposeLogging Log() =>
        new("json-file", new(StringComparer.Ordinal) { ["max-size"] = "10m", ["max-file"] = "3" });
}
