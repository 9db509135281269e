using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Compose;

/// <summary>The stack file on a swarm. They take minutes.</summary>
[Trait("Category", "Swarm")]
public sealed class SwarmTests(SwarmApp swarm) : IAsyncDisposable, IClassFixture<SwarmApp>
{
    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            Output.WriteLine(await swarm.LogsAsync());
        }
    }

    [Fact]
    public async Task HTTPS_is_served_from_secrets_and_a_new_version_of_them_is_used()
    {
        const string Host = "softy.example";
        using var certificates = new CertificateFolder();
        await swarm.WithHttpsAsync(
            async (folder, deployAsync) =>
            {
                foreach (var version in new[] { 1, 2 })
                {
                    var serial = certificates.WritePem("server", [Host]).SerialNumber;
                    foreach (var file in new[] { "server.pem", "server.key" })
                    {
                        File.Copy(certificates.Path(file), Path.Combine(folder, file), overwrite: true);
                    }

                    await deployAsync(version);
                    await swarm.Gateway.ShouldServeHttpsAsync(certificates, Host, serial);
                }
            }
        );
    }

    [Fact]
    public Task Requests_are_balanced_in_turn_and_not_connections() =>
        swarm.Gateway.ShouldBalanceInTurnAsync(replicas: 3);

    [Fact]
    public async Task Replicas_are_replaced_without_a_failed_request()
    {
        string image;
        using var stop = new CancellationTokenSource();
        var load = Load.RunUntilAsync(swarm.Gateway.Address, stop.Token, connections: 16);
        try
        {
            image = await swarm.UpdateApiAsync("second");
            await swarm.Gateway.WaitForAsync(replicas: 3);
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }

        var result = await load;
        result.ShouldHaveNoFailures();
        (await swarm.RunningAsync("api")).Select(container => container.Image).ShouldBe([image, image, image]);
        await swarm.Gateway.ShouldBalanceInTurnAsync(replicas: 3);
        Output.WriteLine(
            $"{result.Succeeded} requests while every replica was replaced, {result.Retried} of them retried, "
                + "none failed."
        );
    }
}
