using System.Text.RegularExpressions;

namespace Softy.Tests.Publishing;

/// <summary>The deployment for one machine.</summary>
public sealed partial class ComposeTests(ComposeTests.Published published) : IClassFixture<ComposeTests.Published>
{
    private static readonly string[] _own = ["web", "api", "gateway"];
    private static readonly string[] _all = ["postgres", "redis", .. _own];

    private readonly Deployment _deployment = published.Deployment;

    [Fact]
    public void There_is_one_service_for_each_part_and_the_dashboard_on_request()
    {
        _deployment.Keys("services").ShouldBe(["softy-dashboard", .. _all]);
        _deployment.List("services/softy-dashboard/profiles").ShouldBe(["dashboard"]);
        _all.ShouldAllBe(service => _deployment.Find($"services/{service}/profiles") == null);
    }

    [Fact]
    public void Own_services_are_built_from_the_repository()
    {
        foreach (var (service, project) in _own.Zip(["Softy.Web", "Softy.Api", "Softy.Gateway"]))
        {
            _deployment.Value($"services/{service}/image").ShouldBe($"softy-{service}:${{SOFTY_TAG:-latest}}");
            _deployment.Value($"services/{service}/build/args/PROJECT").ShouldBe(project);
            var context = Path.Combine(_deployment.Folder, _deployment.Value($"services/{service}/build/context"));
            File.Exists(Path.Combine(context, _deployment.Value($"services/{service}/build/dockerfile")))
                .ShouldBeTrue(context);
            File.Exists(Path.Combine(context, project, $"{project}.csproj")).ShouldBeTrue(context);
        }
    }

    [Fact]
    public void Every_service_is_probed_and_waited_for_until_it_is_healthy()
    {
        foreach (var service in _all)
        {
            _deployment.List($"services/{service}/healthcheck/test").ShouldNotBeEmpty();
            _deployment.Value($"services/{service}/restart").ShouldBe("unless-stopped");
        }

        _deployment.Keys("services/api/depends_on").ShouldBe(["postgres", "redis"]);
        _deployment.Keys("services/gateway/depends_on").ShouldBe(["web", "api"]);
        ComposeYamlFile
            .Flatten(_deployment.Compose)
            .Where(line => line.Contains("/depends_on/", StringComparison.Ordinal))
            .ShouldAllBe(line => line.EndsWith("/condition = service_healthy", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_service_runs_without_root_on_a_file_system_that_it_cannot_change()
    {
        foreach (var service in _all)
        {
            _deployment.Value($"services/{service}/read_only").ShouldBe("true");
            _deployment.List($"services/{service}/cap_drop").ShouldBe(["ALL"]);
            _deployment.List($"services/{service}/security_opt").ShouldBe(["no-new-privileges:true"]);
            _deployment.List($"services/{service}/tmpfs").ShouldContain("/tmp");
            _deployment.Value($"services/{service}/logging/options/max-size").ShouldBe("10m");
            _deployment.Value($"services/{service}/deploy/resources/limits/memory").ShouldEndWith("M");
        }

        _deployment.Value("services/postgres/user").ShouldBe("postgres");
        _deployment.Value("services/redis/user").ShouldBe("redis");
    }

    [Fact]
    public void The_signal_to_stop_reaches_Redis_itself() =>
        _deployment.List("services/redis/command")[^1].ShouldStartWith("exec redis-server ");

    [Fact]
    public void Only_the_port_of_the_gateway_is_published()
    {
        _deployment.List("services/gateway/ports").ShouldBe(["${GATEWAY_PORT:-80}:8080"]);
        _all.Except(["gateway"]).ShouldAllBe(service => _deployment.Find($"services/{service}/ports") == null);
        _deployment
            .List("services/softy-dashboard/ports")
            .ShouldAllBe(port => port.StartsWith("127.0.0.1:", StringComparison.Ordinal));
    }

    [Fact]
    public void The_gateway_finds_every_replica_by_the_name_of_the_service()
    {
        _deployment.Value("services/api/deploy/replicas").ShouldBe("${API_REPLICAS:-3}");
        _deployment.Value("services/gateway/environment/services__api__http__0").ShouldBe("http://api:8080");
        _deployment.Value("services/api/environment/Http2__Port").ShouldBe("8081");
        _deployment.Value("services/gateway/environment/services__web__http__0").ShouldBe("http://web:8080");
        _own.ShouldAllBe(service => _deployment.Value($"services/{service}/environment/HTTP_PORTS") == "8080");
    }

    [Fact]
    public void The_gateway_does_not_believe_what_clients_say_of_themselves() =>
        _deployment.Value("services/gateway/environment/ASPNETCORE_FORWARDEDHEADERS_ENABLED").ShouldBe("false");

    [Fact]
    public void The_data_is_kept_in_volumes_and_the_database_is_there_at_the_first_start()
    {
        _deployment.Keys("volumes").ShouldBe(["softy-postgres", "softy-redis"]);
        _deployment.Value("services/postgres/environment/POSTGRES_DB").ShouldBe("softydb");
        _deployment.Value("services/api/environment/ConnectionStrings__softydb").ShouldEndWith(";Database=softydb");
    }

    [Fact]
    public void Every_variable_of_the_file_has_a_value_and_no_other_is_there()
    {
        var used = VariableReference()
            .Matches(_deployment.Compose)
            .Select(match => match.Groups["name"].Value)
            .Distinct(StringComparer.Ordinal);

        var passedOn = ComposeYamlFile
            .Flatten(_deployment.Compose)
            .Where(line => line.Contains("/environment/", StringComparison.Ordinal))
            .Where(line => line.EndsWith(" = ", StringComparison.Ordinal))
            .Select(line => line[(line.LastIndexOf('/') + 1)..^" = ".Length])
            .Distinct(StringComparer.Ordinal);

        _deployment
            .Variables.Keys.Concat(_deployment.Suggestions)
            .ShouldBe(
                [
                    .. used,
                    .. passedOn,
                    "COMPOSE_PROJECT_NAME",
                    "COMPOSE_PROFILES",
                    // These are used once the first of them has a value and the deployment is published again.
                    "TLS_CERTIFICATE",
                    "TLS_KEY",
                    "GATEWAY_HTTPS_PORT",
                ],
                ignoreOrder: true
            );
        _deployment.Variables.Values.ShouldAllBe(value => value.Length > 0);
    }

    [Fact]
    public void Telemetry_goes_nowhere_unless_the_variables_say_where()
    {
        _deployment.Variables.Keys.ShouldNotContain(name =>
            name.StartsWith("OTEL_", StringComparison.Ordinal) || name == "COMPOSE_PROFILES"
        );
        _deployment.Suggestions.ShouldBe([
            "POSTGRES_VOLUME_PATH",
            "Greeting__Message",
            "TLS_CERTIFICATE",
            "TLS_KEY",
            "GATEWAY_HTTPS_PORT",
            "COMPOSE_PROFILES",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "OTEL_EXPORTER_OTLP_HEADERS",
            "OTEL_TRACES_SAMPLER",
            "OTEL_TRACES_SAMPLER_ARG",
        ]);
        foreach (var service in _own)
        {
            // Compose passes the value of .env on, and sets nothing if there is none.
            _deployment.Value($"services/{service}/environment/OTEL_EXPORTER_OTLP_ENDPOINT").ShouldBeEmpty();
            _deployment.Value($"services/{service}/environment/OTEL_TRACES_SAMPLER").ShouldBeEmpty();
        }
    }

    [Fact]
    public void The_version_of_PostgreSQL_is_a_variable_and_its_data_is_looked_at_before_it_starts()
    {
        _deployment.Value("services/postgres/image").ShouldBe("docker.io/library/postgres:${POSTGRES_TAG:-18.3}");
        _deployment.Variables["POSTGRES_TAG"].ShouldBe("18.3");
        _deployment.List("services/postgres/entrypoint")[2].ShouldContain("exec docker-entrypoint.sh");
        _deployment.List("services/postgres/command").ShouldBe(["postgres"]);
    }

    [GeneratedRegex(@"(?<!\$)\$\{(?<name>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariableReference();

    /// <summary>One deployment for all tests, because they only read it.</summary>
    public sealed class Published : IAsyncLifetime
    {
        internal Deployment Deployment { get; } = new();

        public async ValueTask InitializeAsync() => await Deployment.PublishAsync();

        public ValueTask DisposeAsync()
        {
            Deployment.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
