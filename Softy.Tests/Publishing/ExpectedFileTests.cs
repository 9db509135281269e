using System.Text.RegularExpressions;
using Softy.Tests.Entry;

namespace Softy.Tests.Publishing;

/// <summary>
/// Compares each value of both deployments with files beside the tests, so that a change of Aspire or of the publisher
/// shows as a difference that can be reviewed. What the values cause is tested with containers (Compose).
/// </summary>
public sealed partial class ExpectedFileTests(Published published) : IClassFixture<Published>
{
    private readonly Deployment _deployment = published.Compose;

    [Fact]
    public Task Every_value_for_Compose_is_the_expected_one() => ShouldBeAsync(published.Compose, "compose.yaml");

    [Fact]
    public Task Every_value_for_Swarm_is_the_expected_one() => ShouldBeAsync(published.Swarm, "stack.yaml");

    [Fact]
    public void Own_services_are_built_from_the_repository()
    {
        foreach (var service in new[] { "web", "api", "gateway" })
        {
            var context = Path.Combine(_deployment.Folder, _deployment.Value($"services/{service}/build/context"));
            File.Exists(Path.Combine(context, _deployment.Value($"services/{service}/build/dockerfile")))
                .ShouldBeTrue(context);
            var project = _deployment.Value($"services/{service}/build/args/PROJECT");
            File.Exists(Path.Combine(context, project, $"{project}.csproj")).ShouldBeTrue(context);
        }
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
    public void What_is_only_suggested_is_a_comment()
    {
        _deployment.Variables["POSTGRES_TAG"].ShouldBe("18.3");
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
        _deployment.Variables.Keys.ShouldNotContain(name => _deployment.Suggestions.Contains(name));
    }

    [Fact]
    public void The_variables_for_Swarm_are_only_those_in_use() =>
        published.Swarm.Variables.Keys.ShouldBe([
            "API_REPLICAS",
            "GATEWAY_POLICY",
            "GATEWAY_PORT",
            "POSTGRES_PASSWORD",
            "REDIS_PASSWORD",
            "POSTGRES_TAG",
            "REGISTRY",
            "SOFTY_TAG",
        ]);

    private static async Task ShouldBeAsync(Deployment deployment, string expected)
    {
        var text = await File.ReadAllTextAsync(
            Path.Combine(Sources.Root, "Softy.Tests", "Publishing", "Expected", expected),
            Cancellation
        );

        string[] published = [.. Values(deployment.Compose)];
        string[] kept = [.. Values(text)];
        published.Except(kept).ShouldBeEmpty($"These values are new; if they are meant, {expected} has to have them.");
        kept.Except(published)
            .ShouldBeEmpty($"These values are gone; if that is meant, {expected} must not have them.");
        published.ShouldBe(kept, "The order is another one.");
    }

    // The path of the sources differs between machines; a test above checks it.
    private static IEnumerable<string> Values(string text) =>
        ComposeYamlFile.Flatten(text).Where(line => !line.Contains("/build/context = ", StringComparison.Ordinal));

    [GeneratedRegex(@"(?<!\$)\$\{(?<name>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariableReference();
}
