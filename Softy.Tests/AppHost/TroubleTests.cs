using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Softy.Tests.Application;

namespace Softy.Tests.AppHost;

/// <summary>A failure at the start is reported at once, with its reason.</summary>
public sealed class TroubleTests
{
    [Fact]
    public async Task A_service_that_fails_to_start_shows_its_last_lines_on_the_console()
    {
        using var logs = new ResourceLogs();
        var builder = await SmallApplication.CreateBuilderAsync(["gateway"]);
        builder.Services.AddLogging(logging => logging.ClearProviders().AddProvider(logs));
        var gateway = builder.Resources.Single();
        foreach (
            var annotation in gateway
                .Annotations.Where(a => a is WaitAnnotation or EnvironmentCallbackAnnotation)
                .ToList()
        )
        {
            // These annotations refer to resources that the application does not have.
            gateway.Annotations.Remove(annotation);
        }

        builder.ConfigureGateway(gateway => gateway.WithEnvironment("Gateway__Policy", "Fastest"));

        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);

        var failure = await Should.ThrowAsync<DistributedApplicationException>(() =>
            app.ResourceNotifications.WaitForResourceHealthyAsync(
                "gateway",
                WaitBehavior.StopOnResourceUnavailable,
                Cancellation
            )
        );

        failure.Message.ShouldContain("gateway");
        await Eventually.Async(
            () =>
                logs.Last(category: "Softy ") is var told
                && told.Contains("'gateway' ended with exit code 1. The last lines", StringComparison.Ordinal)
                && told.Contains("Fastest", StringComparison.Ordinal),
            "the console says why the gateway ended"
        );
    }

    // microsoft/aspire #7139: a test of an application that cannot start would wait forever.
    [Fact]
    public async Task A_start_that_cannot_succeed_fails_at_once_with_the_reason_and_is_soon_cleaned_up()
    {
        using var volumes = new OwnVolumes();
        var data = Directory.CreateDirectory(Path.Combine(volumes.FolderOf("postgres"), "data"));
        await File.WriteAllTextAsync(Path.Combine(data.FullName, "PG_VERSION"), "9\n", Cancellation);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Softy_AppHost>(
            [.. SoftyApp.Arguments, $"--Volumes={volumes.Prefix}"],
            Cancellation
        );
        builder.Services.AddLogging(logging => logging.ClearProviders());
        var app = await builder.BuildAsync(Cancellation);

        var watch = Stopwatch.StartNew();
        var failure = await Should.ThrowAsync<DistributedApplicationException>(() => app.StartAsync(Cancellation));

        failure.Message.ShouldContain("The data of 'postgres'");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15));
        watch.Restart();
        await app.DisposeAsync();
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15));
    }
}
