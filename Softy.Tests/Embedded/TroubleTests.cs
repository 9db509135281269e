using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Softy.Tests.Application;

namespace Softy.Tests.Embedded;

/// <summary>What goes wrong while the application runs is told by the resource, with the reason.</summary>
public sealed class TroubleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_project_that_fails_to_start_shows_its_last_lines()
    {
        using var logs = new ResourceLogs();
        var builder = DistributedApplicationTestingBuilder.Create();
        builder.Services.AddLogging(logging => logging.ClearProviders().AddProvider(logs));
        builder.AddProject<Projects.Softy_Gateway>("gateway", options => options.ExcludeLaunchProfile = true)
            .WithHttpEndpoint()
            .WithHttpHealthCheck("/health")
            .WithEnvironment("Gateway__Policy", "Fastest");
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);

        var failure = await Should.ThrowAsync<DistributedApplicationException>(
            () => app.ResourceNotifications.WaitForResourceHealthyAsync("gateway", WaitBehavior.StopOnResourceUnavailable, Cancellation));

        failure.Message.ShouldContain("gateway");
        var told = logs.Last(category: "ResourceRunner");
        told.ShouldContain("'gateway' ended before it was ready, with exit code");
        told.ShouldContain("Fastest");
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_to_start()
    {
        using var logs = new ResourceLogs();
        var builder = DistributedApplicationTestingBuilder.Create();
        builder.Services.AddLogging(logging => logging.ClearProviders().AddProvider(logs));
        builder.AddExecutable("ghost", "no-such-program", ".");
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);

        await app.ResourceNotifications.WaitForResourceAsync("ghost", KnownResourceStates.FailedToStart, Cancellation);

        logs.Last().ShouldContain("The program 'no-such-program' of 'ghost' was not found.");
    }

    [Fact]
    public async Task A_wait_for_what_never_gets_healthy_says_which_and_why()
    {
        using var logs = new ResourceLogs();
        var builder = DistributedApplicationTestingBuilder.Create();
        builder.Services.AddLogging(logging => logging.ClearProviders().AddProvider(logs));
        var silent = builder.AddExecutable("silent", "sleep", ".", "600")
            .WithHttpEndpoint()
            .WithHttpHealthCheck("/health");
        builder.AddExecutable("patient", "sleep", ".", "600").WaitFor(silent);
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);
        await app.ResourceNotifications.WaitForResourceAsync("patient", KnownResourceStates.Waiting, Cancellation);

        await Eventually.Async(
            () => logs.Last().Contains("'patient' still waits for 'silent', which is Running.", StringComparison.Ordinal)
                && logs.Last().Contains("/health failed: Connection refused", StringComparison.Ordinal),
            "the log says what it waits for, and why");
    }

    [Fact]
    public async Task Resources_that_wait_for_each_other_are_refused()
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        var first = builder.AddExecutable("first", "sleep", ".", "600");
        var second = builder.AddExecutable("second", "sleep", ".", "600").WaitFor(first);
        var third = builder.AddExecutable("third", "sleep", ".", "600").WaitFor(second);
        first.WaitFor(third);
        await using var app = await builder.BuildAsync(Cancellation);

        var failure = await Should.ThrowAsync<DistributedApplicationException>(() => app.StartAsync(Cancellation));

        failure.Message.ShouldStartWith("These resources wait for each other: first → third → second → first.");
    }
}
