using System.Runtime.Versioning;

namespace Softy.Tests.Publishing;

/// <summary>What a deployment keeps when it is published again, and how it protects its secrets.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RepublishingTests
{
    private static readonly string[] _secrets = ["POSTGRES_PASSWORD", "REDIS_PASSWORD"];

    [Fact]
    public async Task Publishing_again_changes_no_byte_and_another_deployment_has_its_own_secrets()
    {
        using var deployment = await Deployment.CreateAsync();
        using var other = await Deployment.CreateAsync();
        var files = await ReadAsync(deployment);

        await deployment.PublishAsync();

        (await ReadAsync(deployment)).ShouldBe(files);
        Directory.EnumerateFileSystemEntries(deployment.Folder).Count().ShouldBe(2);
        File.GetUnixFileMode(deployment.VariablesPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var secrets = _secrets
            .SelectMany(name => new[] { deployment.Variables[name], other.Variables[name] })
            .ToArray();
        secrets.ShouldBeUnique();
        secrets.ShouldAllBe(secret => secret.Length == 32 && secret.All(char.IsAsciiLetterOrDigit));
        secrets.ShouldAllBe(secret => !files[0].Contains(secret, StringComparison.Ordinal), "Only .env has them.");
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
    public async Task Settings_of_a_run_become_those_of_the_deployment_and_stay_when_its_secrets_change_on_request()
    {
        using var deployment = await Deployment.CreateAsync(
            "--Replicas=5",
            "--Gateway:Policy=leastrequests",
            "--Gateway:Port=8081"
        );
        var before = deployment.Variables;
        before["API_REPLICAS"].ShouldBe("5");
        before["GATEWAY_POLICY"].ShouldBe("LeastRequests");
        before["GATEWAY_PORT"].ShouldBe("8081");
        deployment.Value("services/api/deploy/replicas").ShouldBe("${API_REPLICAS:-5}");

        await deployment.PublishAsync("--Deployment:RotateSecrets=true");

        deployment
            .Variables.Where(variable => before[variable.Key] != variable.Value)
            .Select(variable => variable.Key)
            .ShouldBe(_secrets);
        File.GetUnixFileMode(deployment.VariablesPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
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
