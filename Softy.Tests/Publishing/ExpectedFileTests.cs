using Softy.Tests.Entry;

namespace Softy.Tests.Publishing;

/// <summary>
/// Compares each value of both deployments with files beside the tests, so that a change of Aspire or of the publisher
/// shows as a difference that can be reviewed.
/// </summary>
public sealed class ExpectedFileTests
{
    [Theory]
    [InlineData("compose.yaml", "--Deployment:Target=compose")]
    [InlineData("stack.yaml", "--Deployment:Target=swarm")]
    public async Task Every_value_is_the_expected_one(string expected, string target)
    {
        using var deployment = await Deployment.CreateAsync(target);
        var text = await File.ReadAllTextAsync(
            Path.Combine(Sources.Root, "Softy.Tests", "Publishing", "Expected", expected),
            TestContext.Current.CancellationToken
        );

        string[] published = [.. Values(deployment.Compose)];
        string[] kept = [.. Values(text)];
        published.Except(kept).ShouldBeEmpty($"These values are new; if they are meant, {expected} has to have them.");
        kept.Except(published)
            .ShouldBeEmpty($"These values are gone; if that is meant, {expected} must not have them.");
        published.ShouldBe(kept, "The order is another one.");
    }

    // The path of the sources differs between machines; ComposeTests checks it.
    private static IEnumerable<string> Values(string text) =>
        ComposeYamlFile.Flatten(text).Where(line => !line.Contains("/build/context = ", StringComparison.Ordinal));
}
