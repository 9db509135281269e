using Softy.Tests.Entry;

namespace Softy.Tests.Publishing;

/// <summary>
/// Each value of both deployments, against files that are kept with the tests: a change of Aspire or of the publisher
/// shows as a difference there, to be judged by whoever makes it.
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
            TestContext.Current.CancellationToken);

        Values(deployment.Compose).ShouldBe(Values(text));
    }

    // The folder with the sources is elsewhere on each machine; ComposeTests follows it.
    private static IEnumerable<string> Values(string text) =>
        ComposeYamlFile.Flatten(text).Where(line => !line.Contains("/build/context = ", StringComparison.Ordinal));
}
