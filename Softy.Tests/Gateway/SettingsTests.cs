using System.Net;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Settings can change while the gateway runs, and wrong ones end its start.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task Policy_weights_and_limits_change_under_load_without_a_failed_request()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        var settings = Directory.CreateTempSubdirectory("softy-settings-");
        var file = Path.Combine(settings.FullName, "gateway.json");
        await using var gateway = await GatewayProcess.StartAsync(backends, ("Settings:File", file));

        using var stop = new CancellationTokenSource();
        var load = Load.RunUntilAsync(gateway.Url, stop.Token, connections: 8);

        await ChangeAsync("WeightedRoundRobin", """{ "api-1": 3, "api-2": 2, "api-3": 1 }""", 1000);
        await ChangeAsync("LeastRequests", "{}", 0);
        await ChangeAsync("First", "{}", 500);
        // An invalid file changes nothing.
        await WriteAsync("Nonsense", "{}", 0);
        await ChangeAsync("WeightedRoundRobin", """{ "api-2": 4 }""", 1000);
        await ChangeAsync("RoundRobin", "{}", 0);

        await stop.CancelAsync();
        var result = await load;
        result.ShouldHaveNoFailures();
        Output.WriteLine($"{result.Succeeded} requests.");
        (await gateway.AskAsync(30)).Chunk(3).ShouldAllBe(turn => turn.Distinct().Count() == 3);
        settings.Delete(recursive: true);

        async Task ChangeAsync(string policy, string weights, int concurrent)
        {
            await WriteAsync(policy, weights, concurrent);
            await gateway.WaitForStatusAsync(status => status.Policy == policy, $"the policy is {policy}");
        }

        Task WriteAsync(string policy, string weights, int concurrent)
        {
            // Replaces the file atomically, as a careful editor does.
            var next = file + ".next";
            var seconds = (concurrent % 30) + 10;
            File.WriteAllText(
                next,
                $$"""
                {
                  "Gateway": {
                    "Policy": "{{policy}}",
                    "Weights": {{weights}},
                    "Limits": { "MaxConcurrentRequests": {{concurrent}}, "ActivityTimeout": "00:00:{{seconds}}" }
                  }
                }
                """
            );
            File.Move(next, file, overwrite: true);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_change_that_is_not_valid_leaves_the_settings_as_they_were()
    {
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend => backend.Answer = Answers.ReadBodyAsync
        );
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:MaxRequestBodySize", "100")
        );

        (await PostAsync()).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        gateway.Change(("Gateway:Limits:MaxRequestBodySize", "2000"), ("Gateway:Limits:ActivityTimeout", "-1"));
        (await PostAsync()).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        gateway.Change(("Gateway:Limits:ActivityTimeout", "soon"));
        (await PostAsync()).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        gateway.Change(("Gateway:Limits:ActivityTimeout", "00:01:00"));
        (await PostAsync()).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> PostAsync()
        {
            using var response = await gateway.Client.PostAsync(
                "/api/messages",
                new ByteArrayContent(new byte[1_000]),
                Cancellation
            );
            (response.Headers.ConnectionClose == true).ShouldBe(
                response.StatusCode == HttpStatusCode.RequestEntityTooLarge
            );
            return response.StatusCode;
        }
    }

    [Theory]
    [InlineData(
        "Gateway__Policy",
        "Foo",
        "Gateway:Policy is 'Foo'; it must be one of RoundRobin, LeastRequests, PowerOfTwoChoices, Random, "
            + "First, WeightedRoundRobin."
    )]
    [InlineData(
        "Gateway__Weights__api-1",
        "101",
        "Gateway:Weights:api-1 is '101'; it must be from 0, which takes the destination out, to 100."
    )]
    [InlineData(
        "Gateway__Health__Active__Interval",
        "00:00:00",
        "Gateway:Health:Active:Interval is '00:00:00'; it must be from 00:00:00.050 to 01:00:00."
    )]
    [InlineData(
        "Gateway__Health__Active__Path",
        "//",
        "Gateway:Health:Active:Path is '//'; it must be a path such as /health: one slash first, then only "
            + "characters that a URL may have there."
    )]
    [InlineData(
        "Gateway__Health__Passive__StatusCodes__0",
        "404",
        "Gateway:Health:Passive:StatusCodes must hold codes from 500 to 599."
    )]
    [InlineData(
        "Gateway__Health__Passive__MaxEjectedPercent",
        "101",
        "Gateway:Health:Passive:MaxEjectedPercent is '101'; it must be from 0 to 100 percent."
    )]
    [InlineData(
        "Gateway__Failover__RetryPercent",
        "-1",
        "Gateway:Failover:RetryPercent is '-1'; it must be from 0 to 100 percent."
    )]
    [InlineData(
        "Gateway__Failover__Deadline",
        "00:00:00",
        "Gateway:Failover:Deadline is '00:00:00'; it must be from 00:00:00.100 to 1.00:00:00."
    )]
    [InlineData(
        "Gateway__Failover__IdempotencyKeyPaths__0",
        "api",
        "Gateway:Failover:IdempotencyKeyPaths has 'api'; it must hold paths such as /api/messages."
    )]
    [InlineData(
        "Gateway__Discovery__HoldLookups",
        "-1",
        "Gateway:Discovery:HoldLookups is '-1'; it must be from 0 to 1000 look-ups."
    )]
    [InlineData(
        "Gateway__Limits__ActivityTimeout",
        "soon",
        "Failed to convert configuration value 'soon' at 'Gateway:Limits:ActivityTimeout' to type 'System.TimeSpan'."
    )]
    [InlineData(
        "Gateway__Forwarded__TrustedProxies__0",
        "10.0.0.0/99",
        "Gateway:Forwarded:TrustedProxies has '10.0.0.0/99'; it must hold addresses such as 10.0.0.1 or "
            + "networks such as 10.0.0.0/8."
    )]
    [InlineData(
        "services__api__http__0",
        "",
        "services:api:http:0 is ''; it must be an address such as http://api:8080, without a path, under a number."
    )]
    [InlineData(
        "Gateway__Limits__MaxWebsocket",
        "5",
        "Gateway:Limits:MaxWebsocket is not a setting; did you mean Gateway:Limits:MaxWebSockets?"
    )]
    [InlineData(
        "Gateway__Limit__ActivityTimeout",
        "00:00:05",
        "Gateway:Limit:ActivityTimeout is not a setting; did you mean Gateway:Limits:ActivityTimeout?"
    )]
    [InlineData(
        "Gateway__Balancing__Policy",
        "Random",
        "Gateway:Balancing:Policy is not a setting; did you mean Gateway:Policy?"
    )]
    [InlineData("Gateway__Weight__api-1", "5", "Gateway:Weight:api-1 is not a setting; did you mean Gateway:Weights?")]
    [InlineData(
        "Gateway__Health__Active",
        "false",
        "Gateway:Health:Active is not a setting; did you mean Gateway:Health:Active:Enabled?"
    )]
    public async Task A_wrong_setting_ends_the_start_with_one_clear_error(string key, string value, string error) =>
        (await RefusedStart.RunAsync((key, value))).ShouldBe(error);
}
