using System.Runtime.Versioning;

namespace Softy.Tests.Publishing;

/// <summary>What a deployment keeps when it is published again, and how it protects its secrets.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RepublishingTests
{
    private static readonly string[] _secrets = ["POSTGRES_PASSWORD", "REDIS_PASSWORD"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publishing_again_changes_no_byte()
    {
        using var deployment = await Deployment.CreateAsync();
        var files = await ReadAsync(deployment);

        await deployment.PublishAsync();

        (await ReadAsync(deployment)).ShouldBe(files);
        Directory.EnumerateFileSystemEntries(deployment.Folder).Count().ShouldBe(2);
    }

    [Fact]
    public async Task Secrets_are_strong_and_each_deployment_has_its_own()
    {
        using var one = await Deployment.CreateAsync();
        using var other = await Deployment.CreateAsync();

        var secrets = _secrets.SelectMany(name => new[] { one.Variables[name], other.Variables[name] }).ToArray();
        secrets.ShouldBeUnique();
        secrets.ShouldAllBe(secret => secret.Length == 32 && secret.All(char.IsAsciiLetterOrDigit));
    }

    [Fact]
    public async Task Secrets_are_in_one_file_that_only_its_owner_reads()
    {
        using var deployment = await Deployment.CreateAsync();

        File.GetUnixFileMode(deployment.VariablesPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _secrets.ShouldAllBe(name =>
            !deployment.Compose.Contains(deployment.Variables[name], StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_the_user_has_written_is_kept_to_the_byte()
    {
        using var deployment = await Deployment.CreateAsync();
        var password = deployment.Variables["POSTGRES_PASSWORD"];
        var text = $"""
            # Ünser # file
              export GATEWAY_PORT = "9999"  # the port
            OTHER="a b=c
            SOFTY_TAG=inside quotes"
            #   OTEL_TRACES_SAMPLER=mine
            POSTGRES_PASSWORD='{password}'
            SOFTY_TAG=
            """.ReplaceLineEndings("\r\n");
        await File.WriteAllTextAsync(deployment.VariablesPath, text, Cancellation);

        await deployment.PublishAsync("--Gateway:Port=81");

        var published = await File.ReadAllTextAsync(deployment.VariablesPath, Cancellation);
        published.ShouldStartWith(text + "latest\r\n\r\n# ", Case.Sensitive); // the one key that had no value
        published.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain('\n');
        published.ShouldContain("\nREDIS_PASSWORD=");
        published[text.Length..].ShouldNotContain("GATEWAY_PORT=");
        published[text.Length..].ShouldNotContain("OTEL_TRACES_SAMPLER=");

        await deployment.PublishAsync();
        (await File.ReadAllTextAsync(deployment.VariablesPath, Cancellation)).ShouldBe(published);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_one_clear_error()
    {
        using var deployment = new Deployment();
        var file = Path.Combine(deployment.Folder, "file");
        await File.WriteAllTextAsync(file, "", Cancellation);

        var (exitCode, output) = await deployment.TryPublishAsync("--output-path", Path.Combine(file, "below"));

        exitCode.ShouldBe(1);
        output
            .ReplaceLineEndings("\n")
            .Split('\n')
            .Where(line => line.StartsWith("Softy: ", StringComparison.Ordinal))
            .ShouldHaveSingleItem();
        output.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Secrets_change_on_request_and_nothing_else_does()
    {
        using var deployment = await Deployment.CreateAsync("--Gateway:Port=9999");
        var before = deployment.Variables;

        await deployment.PublishAsync("--Deployment:RotateSecrets=true");

        deployment
            .Variables.Where(variable => before[variable.Key] != variable.Value)
            .Select(variable => variable.Key)
            .ShouldBe(_secrets);
        File.GetUnixFileMode(deployment.VariablesPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Settings_of_a_run_become_those_of_the_deployment()
    {
        using var deployment = await Deployment.CreateAsync(
            "--Replicas=5",
            "--Gateway:Policy=leastrequests",
            "--Gateway:Port=8081"
        );

        deployment.Variables["API_REPLICAS"].ShouldBe("5");
        deployment.Variables["GATEWAY_POLICY"].ShouldBe("LeastRequests");
        deployment.Variables["GATEWAY_PORT"].ShouldBe("8081");
        deployment.Value("services/api/deploy/replicas").ShouldBe("${API_REPLICAS:-5}");
    }

    [Fact]
    public async Task A_wrong_target_is_one_clear_error()
    {
        using var deployment = new Deployment();

        var (exitCode, output) = await deployment.TryPublishAsync("--Deployment:Target=moon");

        exitCode.ShouldBe(1);
        output.Trim().ShouldBe("Softy: Deployment:Target is 'moon'; it must be one of Compose, Swarm.");
        Directory.EnumerateFileSystemEntries(deployment.Folder).ShouldBeEmpty();
    }

    private static async Task<string[]> ReadAsync(Deployment deployment) =>
        [
            await File.ReadAllTextAsync(deployment.ComposePath, Cancellation),
            await File.ReadAllTextAsync(deployment.VariablesPath, Cancellation),
        ];
}
