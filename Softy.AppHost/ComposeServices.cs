using System.Globalization;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

namespace Softy.AppHost;

/// <summary>What each service of a deployment is beyond the application model.</summary>
/// <param name="settings">What the user has chosen.</param>
/// <param name="repository">The folder with the Dockerfile, from the output folder.</param>
internal sealed class ComposeServices(Settings settings, string repository)
{
    /// <summary>The port on which every service of Softy listens in its container.</summary>
    public const int Port = 8080;

    private const string Program = "/app/service";

    private static string PortText => Port.ToString(CultureInfo.InvariantCulture);

    private bool IsSwarm => settings.Target == DeploymentTarget.Swarm;

    /// <summary>A service of Softy: built here, and started again, limited and probed there.</summary>
    public void Project(ProjectResource project, Service service)
    {
        var source = Path.GetFileNameWithoutExtension(project.Annotations.OfType<IProjectMetadata>().Single().ProjectPath);
        service.Image = $"softy-{service.Name}:{DeploymentVariables.Tag}";
        if (IsSwarm)
        {
            // Every machine of a swarm pulls the image; none can build it.
            service.Image = $"{DeploymentVariables.Registry}/{service.Image}";
            service.Hostname = $"{service.Name}-{{{{.Task.Slot}}}}";
        }
        else
        {
            service.Build = new Build
            {
                Context = repository.Replace('\\', '/'),
                Dockerfile = "Dockerfile",
                Args = { ["PROJECT"] = source },
            };
        }

        Harden(service, "/tmp");
        service.StopSignal = "SIGTERM";
        service.StopGracePeriod = "30s";
        service.Healthcheck = Check(["CMD", Program, "--probe", "/health"], startPeriod: "60s");
        service.Deploy = Deploy(memory: "256M", order: "start-first");
        switch (service.Name)
        {
            case "api":
                Api(service);
                break;
            case "gateway":
                Gateway(service);
                break;
        }

        Finish(service);
    }

    /// <summary>PostgreSQL, with the database that Aspire itself creates in a run only.</summary>
    public void Postgres(PostgresServerResource postgres, Service service)
    {
        var database = postgres.Databases.Values.Single();
        service.Environment["POSTGRES_DB"] = database;
        Harden(service, "/tmp", "/var/run/postgresql");
        service.User = "postgres";
        service.StopSignal = "SIGINT"; // ends sessions and writes everything down, where SIGTERM would wait for them
        service.StopGracePeriod = "60s";

        // Over TCP: while the database is being set up, the server listens on its socket only.
        service.Healthcheck = Check(["CMD-SHELL", $"pg_isready -q -h 127.0.0.1 -U postgres -d {database}"], startPeriod: "60s");
        service.Deploy = DeployStore(memory: "512M");
        Finish(service);
    }

    /// <summary>Redis.</summary>
    public void Redis(Service service)
    {
        Harden(service, "/tmp");
        service.User = "redis";

        // Else the shell stays the first process, and keeps the signal to end from Redis, which then saves nothing.
        service.Command[^1] = $"exec {service.Command[^1]}";
        service.StopSignal = "SIGTERM";
        service.StopGracePeriod = "30s";
        service.Healthcheck = Check(
            ["CMD-SHELL", "REDISCLI_AUTH=\"$$REDIS_PASSWORD\" redis-cli ping | grep -q PONG"], startPeriod: "30s");
        service.Deploy = DeployStore(memory: "256M");
        Finish(service);
    }

    /// <summary>The dashboard, for those who ask for it, and on this machine only.</summary>
    public static void Dashboard(Service service)
    {
        service.Profiles.Add("dashboard");
        service.Ports.Clear();
        service.Ports.Add($"127.0.0.1:{DeploymentVariables.DashboardPort}:18888");
        service.Restart = "unless-stopped";
        service.Logging = Log();
    }

    private void Api(Service service)
    {
        service.Deploy!.Replicas = settings.Replicas;
        if (IsSwarm)
        {
            // Behind the name of a service, Swarm forgets a connection that rests for 15 minutes; under this one it has no part in it.
            foreach (var store in new[] { "softydb", "redis" })
            {
                var key = $"ConnectionStrings__{store}";
                service.Environment[key] = service.Environment[key]
                    .Replace("Host=postgres;", "Host=tasks.postgres;", StringComparison.Ordinal)
                    .Replace("redis:6379", "tasks.redis:6379", StringComparison.Ordinal);
            }
        }
    }

    private void Gateway(Service service)
    {
        service.Ports.Clear();
        service.Ports.Add($"{DeploymentVariables.GatewayPort}:{PortText}");
        service.Environment["Gateway__Policy"] = DeploymentVariables.GatewayPolicy;

        // It is the first to be asked: what clients say of where they come from is for its own settings to judge.
        service.Environment["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "false";
        if (IsSwarm)
        {
            // Swarm balances connections behind the name of a service; under this name its DNS lists every container.
            service.Environment["services__api__http__0"] = $"http://tasks.api:{PortText}";
            service.Environment["services__web__http__0"] = $"http://tasks.web:{PortText}";

            // Swarm replaces what is unhealthy, which helps no gateway whose replicas are down.
            service.Healthcheck = Check(["CMD", Program, "--probe", "/alive"], startPeriod: "60s");
        }
    }

    private void Finish(Service service)
    {
        service.Logging = Log();
        if (IsSwarm)
        {
            // Swarm starts everything at once, and again whatever ends.
            service.DependsOn.Clear();
            return;
        }

        service.Restart = "unless-stopped";
        foreach (var dependency in service.DependsOn.Values)
        {
            dependency.Condition = "service_healthy";
        }
    }

    private void Harden(Service service, params string[] writable)
    {
        service.ReadOnly = true;
        service.CapDrop.Add("ALL");
        if (IsSwarm)
        {
            foreach (var folder in writable)
            {
                service.AddVolume(new Volume { Name = folder, Type = "tmpfs", Target = folder });
            }
        }
        else
        {
            service.SecurityOpt.Add("no-new-privileges:true");
            service.Tmpfs.AddRange(writable);
        }
    }

    private Deploy Deploy(string memory, string order) => new()
    {
        Resources = new Resources { Limits = new ResourceSpec { Memory = memory } },
        UpdateConfig = new UpdateConfig { Parallelism = 1, Delay = "5s", FailureAction = "rollback", Monitor = "15s", Order = order },
        RestartPolicy = IsSwarm ? new RestartPolicy { Condition = "any", Delay = "2s" } : null,
    };

    private Deploy DeployStore(string memory)
    {
        // Two servers must never have the same data, and the data is on one machine.
        var deploy = Deploy(memory, order: "stop-first");
        deploy.Placement = IsSwarm ? new Placement { Constraints = ["node.labels.softy.data == true"] } : null;
        return deploy;
    }

    private static Healthcheck Check(List<string> test, string startPeriod) => new()
    {
        Test = test,
        Interval = "5s",
        Timeout = "4s",
        Retries = 3,
        StartPeriod = startPeriod,
    };

    private static Logging Log() => new()
    {
        Driver = "json-file",
        Options = { ["max-size"] = "10m", ["max-file"] = "3" },
    };
}
