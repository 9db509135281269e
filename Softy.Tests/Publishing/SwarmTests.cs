namespace Softy.Tests.Publishing;

/// <summary>The deployment for several machines.</summary>
public sealed class SwarmTests(SwarmTests.Published published) : IClassFixture<SwarmTests.Published>
{
    private readonly Deployment _deployment = published.Deployment;

    [Fact]
    public void The_stack_file_has_nothing_that_Swarm_does_not_support()
    {
        _deployment.Value("version").ShouldBe("3.8");
        _deployment.Find("name").ShouldBeNull();
        _deployment.Keys("services").ShouldBe(["postgres", "redis", "web", "api", "gateway"]);
        foreach (var service in _deployment.Keys("services"))
        {
            foreach (var unknown in new[] { "build", "depends_on", "profiles", "restart", "security_opt", "tmpfs" })
            {
                _deployment.Find($"services/{service}/{unknown}").ShouldBeNull($"{unknown} of {service}");
            }

            _deployment.Value($"services/{service}/deploy/restart_policy/condition").ShouldBe("any");
            _deployment.Value($"services/{service}/read_only").ShouldBe("true");
        }
    }

    [Fact]
    public void Services_span_machines()
    {
        _deployment.Value("networks/aspire/driver").ShouldBe("overlay");
        _deployment.Value("services/api/image").ShouldBe("${REGISTRY:-127.0.0.1:5000}/softy-api:${SOFTY_TAG:-latest}");
        _deployment.List("services/postgres/deploy/placement/constraints").ShouldBe(["node.labels.softy.data == true"]);
        _deployment.List("services/redis/deploy/placement/constraints").ShouldBe(["node.labels.softy.data == true"]);
    }

    [Fact]
    public void The_gateway_finds_every_task()
    {
        _deployment.Value("services/gateway/environment/services__api__http__0").ShouldBe("http://tasks.api:8080");
        _deployment.Value("services/gateway/environment/services__web__http__0").ShouldBe("http://tasks.web:8080");
    }

    [Fact]
    public void Connections_to_the_stores_are_not_balanced()
    {
        _deployment
            .Value("services/api/environment/ConnectionStrings__softydb")
            .ShouldStartWith("Host=tasks.postgres;Port=5432;Username=postgres;");
        _deployment.Value("services/api/environment/ConnectionStrings__redis").ShouldStartWith("tasks.redis:6379,");
    }

    [Fact]
    public void New_tasks_start_before_old_ones_stop_except_for_the_stores()
    {
        foreach (
            var (service, order) in new[]
            {
                ("web", "start-first"),
                ("api", "start-first"),
                ("gateway", "start-first"),
                ("postgres", "stop-first"),
                ("redis", "stop-first"),
            }
        )
        {
            _deployment.Value($"services/{service}/deploy/update_config/order").ShouldBe(order);
            _deployment.Value($"services/{service}/deploy/update_config/failure_action").ShouldBe("rollback");
        }
    }

    [Fact]
    public void The_variables_file_lists_only_the_variables_in_use() =>
        _deployment.Variables.Keys.ShouldBe([
            "API_REPLICAS",
            "GATEWAY_POLICY",
            "GATEWAY_PORT",
            "POSTGRES_PASSWORD",
            "REDIS_PASSWORD",
            "POSTGRES_TAG",
            "REGISTRY",
            "SOFTY_TAG",
        ]);

    /// <summary>One deployment for all tests, because they only read it.</summary>
    public sealed class Published : IAsyncLifetime
    {
        internal Deployment Deployment { get; } = new();

        public async ValueTask InitializeAsync() => await Deployment.PublishAsync("--Deployment:Target=swarm");

        public ValueTask DisposeAsync()
        {
            Deployment.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
