using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Softy.Tests.Application;

namespace Softy.Tests.AppHost;

/// <summary>Tests and applications that run at the same time share no ports, data or secrets.</summary>
public sealed class SideBySideTests(SharedApp softy) : SharedTest(softy)
{
    private static readonly string _userSecrets = Home.SecretsIn(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)
    );

    [Fact]
    public async Task Two_runs_and_the_tests_share_nothing()
    {
        using var home = new Home();
        using var one = new OwnVolumes();
        using var other = new OwnVolumes();
        var secretsBefore = await ReadUserSecretsAsync();
        (string, string)[] development = [.. home.Variables, ("DOTNET_ENVIRONMENT", "Development")];

        // A user's application and that of a second checkout run at the same time, beside the tests.
        string[] small = ["--Replicas=1", "--MaxReplicas=1"];
        await using var first = AppHostProcess.Start([$"--Volumes={one.Prefix}", .. small], development);
        await using var second = AppHostProcess.Start([$"--Volumes={other.Prefix}", .. small], development);
        var addresses = new[]
        {
            Softy.GatewayAddress,
            await first.WaitUntilReadyAsync(Cancellation),
            await second.WaitUntilReadyAsync(Cancellation),
        };

        addresses.Select(address => address.Port).ShouldBeUnique();
        foreach (var (number, address) in addresses.Index())
        {
            using var client = new HttpClient { BaseAddress = address };
            using var posted = await client.PostAsJsonAsync(
                "/api/messages",
                new { author = "Ada", text = $"for {Text(number)}" },
                Cancellation
            );
            posted.EnsureSuccessStatusCode();
        }

        foreach (var (number, address) in addresses.Index())
        {
            using var client = new HttpClient { BaseAddress = address };
            var page = await client.GetFromJsonAsync<JsonElement>("/api/messages?limit=100", Cancellation);
            var texts = page.GetProperty("items")
                .EnumerateArray()
                .Select(message => message.GetProperty("text").GetString())
                .ToArray();
            texts.ShouldContain($"for {Text(number)}");
            texts.ShouldNotContain($"for {Text((number + 1) % addresses.Length)}");
            texts.ShouldNotContain($"for {Text((number + 2) % addresses.Length)}");
        }

        Directory.Exists(one.FolderOf("postgres")).ShouldBeTrue();
        Directory.Exists(other.FolderOf("postgres")).ShouldBeTrue();
        foreach (var host in (AppHostProcess[])[first, second])
        {
            host.Signal("TERM");
        }

        (await first.WaitForExitAsync(Cancellation)).ShouldBe(0, first.Output);
        (await second.WaitForExitAsync(Cancellation)).ShouldBe(0, second.Output);
        (await ReadUserSecretsAsync()).ShouldBe(secretsBefore);
        using var still = await Softy.CreateGatewayClient().GetAsync("/api/messages", Cancellation);
        still.EnsureSuccessStatusCode();

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private static async Task<string?> ReadUserSecretsAsync() =>
        File.Exists(_userSecrets) ? await File.ReadAllTextAsync(_userSecrets, Cancellation) : null;
}
