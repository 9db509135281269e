using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;
using Aspire.Hosting.Pipelines;
using Softy.Tests.Entry;
using Softy.Tests.Publishing;

namespace Softy.Tests.Embedded.Compose;

/// <summary>The embedded host publishes as Aspire does: the expected files hold what Aspire itself made of these two.</summary>
public sealed class PublisherTests : IDisposable
{
    private static readonly string[] _keys =
        ["API_IMAGE", "API_PORT", "GATEWAY_IMAGE", "GATEWAY_PORT", "POSTGRES_PASSWORD", "REDIS_PASSWORD"];

    private readonly string _folder = Directory.CreateTempSubdirectory("softy-publisher-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_application_that_says_nothing_of_its_deployment()
    {
        await PublishAsync(builder =>
        {
            builder.AddDockerComposeEnvironment("compose");
            var softydb = builder.AddPostgres("postgres").WithDataVolume("plain-postgres").AddDatabase("softydb");
            var redis = builder.AddRedis("redis").WithDataVolume("plain-redis");
            var api = AddWebProject<Projects.Softy_Api>(builder, "api").WithReplicas(3)
                .WithReference(softydb).WithReference(redis).WaitFor(softydb).WaitFor(redis);
            AddWebProject<Projects.Softy_Gateway>(builder, "gateway").WithReference(api).WaitFor(api).WithExternalHttpEndpoints();
        });

        await ShouldEqualAsync("plain");
        (await ReadVariablesAsync()).ShouldBe(
        [
            "# Container image name for api", "API_IMAGE=", "",
            "# Default container port for api", "API_PORT=", "",
            "# Container image name for gateway", "GATEWAY_IMAGE=", "",
            "# Default container port for gateway", "GATEWAY_PORT=", "",
            "# Parameter postgres-password", "POSTGRES_PASSWORD=", "",
            "# Parameter redis-password", "REDIS_PASSWORD=", "",
        ]);
    }

    [Fact]
    public async Task An_application_that_says_much_of_its_deployment()
    {
        string[]? captured = null;
        await PublishAsync(builder =>
        {
            builder.AddDockerComposeEnvironment("softy")
                .WithDashboard(dashboard => dashboard.PublishAsDockerComposeService((_, service) => service.Profiles.Add("dashboard")))
                .ConfigureComposeFile(file => file.Name = "softy")
                .ConfigureEnvFile(variables => captured = [.. variables.Keys]);
            var postgres = builder.AddPostgres("postgres").WithDataVolume("softy-postgres").WithEnvironment("POSTGRES_DB", "softydb")
                .PublishAsDockerComposeService((_, service) =>
                {
                    service.Restart = "unless-stopped";
                    service.Healthcheck = new Healthcheck
                    {
                        Test = ["CMD-SHELL", "pg_isready -U postgres -d softydb"],
                        Interval = "5s",
                        Timeout = "3s",
                        Retries = 10,
                        StartPeriod = "10s",
                    };
                });
            var softydb = postgres.AddDatabase("softydb");
            var redis = builder.AddRedis("redis").WithDataVolume("softy-redis");
            var api = AddWebProject<Projects.Softy_Api>(builder, "api")
                .WithReference(softydb).WithReference(redis).WaitFor(softydb).WaitFor(redis)
                .PublishAsDockerComposeService((_, service) =>
                {
                    service.Image = "softy-api:${SOFTY_TAG:-latest}";
                    service.Build = new Build { Context = "..", Dockerfile = "Dockerfile", Args = { ["PROJECT"] = "Softy.Api" } };
                    service.Deploy = new Deploy { Replicas = 3, UpdateConfig = new UpdateConfig { Order = "start-first", Parallelism = 1 } };
                    service.ReadOnly = true;
                    service.Tmpfs.Add("/tmp");
                    service.SecurityOpt.Add("no-new-privileges:true");
                    service.CapDrop.Add("ALL");
                    service.Environment["HTTP_PORTS"] = "8080";
                    service.Expose.Clear();
                    service.Expose.Add("8080");
                    service.Logging = new Logging { Driver = "json-file", Options = { ["max-size"] = "10m" } };
                    service.StopGracePeriod = "30s";
                    foreach (var dependency in service.DependsOn.Values)
                    {
                        dependency.Condition = "service_healthy";
                    }
                });
            AddWebProject<Projects.Softy_Gateway>(builder, "gateway").WithReference(api).WaitFor(api).WithExternalHttpEndpoints()
                .PublishAsDockerComposeService((_, service) =>
                {
                    service.Ports.Clear();
                    service.Ports.Add("${GATEWAY_PORT:-80}:8080");
                    service.Environment["services__api__http__0"] = "http://api:8080";
                });
        });

        await ShouldEqualAsync("full");
        captured.ShouldBe(_keys, ignoreOrder: true);
    }

    [Fact]
    public async Task Steps_run_in_the_order_of_their_dependencies()
    {
        List<string> order = [];
        await PublishAsync(builder =>
        {
            AddStep(builder, "last", dependsOn: "first", requiredBy: WellKnownPipelineSteps.Publish);
            AddStep(builder, "not asked for", dependsOn: "first", requiredBy: null);
            builder.AddDockerComposeEnvironment("softy").ConfigureComposeFile(_ => order.Add("publish-softy"));
            AddStep(builder, "first", dependsOn: "publish-softy", requiredBy: null);
        });

        order.ShouldBe(["publish-softy", "first", "last"]);

        void AddStep(IDistributedApplicationBuilder builder, string name, string dependsOn, string? requiredBy) =>
            builder.Pipeline.AddStep(
                name,
                _ =>
                {
                    order.Add(name);
                    return Task.CompletedTask;
                },
                dependsOn,
                requiredBy);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // As a project with a launch profile that has both an HTTP and an HTTPS address.
    private static IResourceBuilder<ProjectResource> AddWebProject<TProject>(IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() =>
        builder.AddProject<TProject>(name, options => options.ExcludeLaunchProfile = true)
            .WithHttpEndpoint()
            .WithEndpoint("https", endpoint => endpoint.UriScheme = "https");

    private async Task PublishAsync(Action<IDistributedApplicationBuilder> configure)
    {
        var builder = DistributedApplication.CreateBuilder(
            ["--operation", "publish", "--step", "publish", "--output-path", _folder]);
        configure(builder);
        await builder.Build().RunAsync(Cancellation);
    }

    private async Task ShouldEqualAsync(string expected)
    {
        var actual = await File.ReadAllTextAsync(Path.Combine(_folder, "docker-compose.yaml"), Cancellation);
        var aspires = await File.ReadAllTextAsync(
            Path.Combine(Sources.Root, "Softy.Tests", "Embedded", "Compose", $"{expected}.yaml"), Cancellation);
        string.Join('\n', ComposeYamlFile.Flatten(actual)).ShouldBe(string.Join('\n', ComposeYamlFile.Flatten(aspires)));
    }

    private Task<string[]> ReadVariablesAsync() => File.ReadAllLinesAsync(Path.Combine(_folder, ".env"), Cancellation);
}
