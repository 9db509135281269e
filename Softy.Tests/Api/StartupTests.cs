using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Softy.Tests.Application;

namespace Softy.Tests.Api;

/// <summary>What a replica needs to start on its own, and what it reports when something is missing.</summary>
public sealed class StartupTests : IDisposable
{
    private readonly ResourceLogs _logs = new();

    [Theory]
    [InlineData("PostgreSQL is not configured: set ConnectionStrings__softydb, or DB_HOST, DB_NAME, DB_USER, DB_PASS.")]
    [InlineData("missing: DB_NAME, DB_USER, DB_PASS", "DB_HOST=localhost", "REDIS_HOST=localhost")]
    [InlineData(
        "Redis is not configured: set ConnectionStrings__redis, or REDIS_HOST.",
        "ConnectionStrings__softydb=Host=localhost"
    )]
    [InlineData(
        "ConnectionStrings__softydb cannot be read",
        "ConnectionStrings__softydb=Nonsense=1",
        "REDIS_HOST=localhost"
    )]
    [InlineData(
        "ConnectionStrings__redis cannot be read",
        "ConnectionStrings__softydb=Host=localhost",
        "ConnectionStrings__redis=localhost,nonsense=1"
    )]
    [InlineData(
        "Cors:Origins has 'nonsense'",
        "Cors__Origins=nonsense",
        "ConnectionStrings__softydb=Host=localhost",
        "REDIS_HOST=localhost"
    )]
    [InlineData(
        "Stores:PostgresTimeout must be",
        "Stores__PostgresTimeout=00:00:00",
        "ConnectionStrings__softydb=Host=localhost",
        "REDIS_HOST=localhost"
    )]
    [InlineData(
        "'Stores:PostgresTimeout'",
        "Stores__PostgresTimeout=soon",
        "ConnectionStrings__softydb=Host=localhost",
        "REDIS_HOST=localhost"
    )]
    public async Task A_wrong_configuration_ends_the_start_with_one_clear_error(
        string expected,
        params string[] environment
    )
    {
        var failure = await Should.ThrowAsync<InvalidOperationException>(() =>
            ServiceProcess.StartAsync<Projects.Softy_Api>([
                .. environment.Select(variable => variable.Split('=', 2)).Select(parts => (parts[0], parts[1])),
            ])
        );

        failure.Message.ShouldContain("has ended with exit code 1.");
        failure.Message.ShouldContain("Softy.Api cannot start: ");
        failure.Message.ShouldContain(expected);
        failure.Message.ShouldNotContain("   at Softy.");
        failure.Message.ShouldNotContain("Unhandled exception");
    }

    [Fact]
    public async Task Plain_variables_can_replace_connection_strings()
    {
        const string Password = "a-plain-password";
        var builder = await SmallApplication.CreateBuilderAsync(
            ["postgres", "softydb", "redis"],
            $"--Parameters:postgres-password={Password}"
        );
        var postgres = (IResourceWithEndpoints)builder.Resources.Single(resource => resource.Name == "postgres");
        var redis = builder.Resources.Single(resource => resource.Name == "redis");
        // The test starts PostgreSQL after the replica has reported that it waits.
        builder.CreateResourceBuilder(postgres).WithExplicitStart();
        var api = builder
            .AddProject<Projects.Softy_Api>("api", options => options.ExcludeLaunchProfile = true)
            .WithHttpEndpoint()
            .WithEnvironment(context =>
            {
                var database = postgres.GetEndpoint("tcp");
                context.EnvironmentVariables["DB_HOST"] = ReferenceExpression.Create(
                    $"{database.Property(EndpointProperty.Host)}:{database.Property(EndpointProperty.Port)}"
                );
                context.EnvironmentVariables["DB_NAME"] = "softydb";
                context.EnvironmentVariables["DB_USER"] = "postgres";
                context.EnvironmentVariables["DB_PASS"] = Password;
                context.EnvironmentVariables["Stores__PostgresTimeout"] = "00:00:20";
                context.EnvironmentVariables["Stores__NeededRedisTimeout"] = "00:00:20";
                context.EnvironmentVariables["REDIS_HOST"] = (
                    (IResourceWithConnectionString)redis
                ).ConnectionStringExpression;
            })
            // The application model does not wait for the stores: the replica itself does.
            .WithHttpHealthCheck("/health");
        builder.Services.AddLogging(logging => logging.AddProvider(_logs));
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);
        await Eventually.Async(
            () => _logs.Last().Contains("Waiting for PostgreSQL", StringComparison.Ordinal),
            "the replica waits for PostgreSQL"
        );
        (
            await app.ResourceCommands.ExecuteCommandAsync("postgres", KnownResourceCommands.StartCommand, Cancellation)
        ).Success.ShouldBeTrue();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromMinutes(4));
        try
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync("api", patience.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The replica did not become ready.{Environment.NewLine}{_logs.Last()}", e);
        }

        using var client = app.CreateHttpClient("api", "http");
        using var visit = await client.PostAsync("/api/visits", null, Cancellation);
        visit.IsSuccessStatusCode.ShouldBeTrue();
        (await client.GetAsync("/api/messages", Cancellation)).IsSuccessStatusCode.ShouldBeTrue();
    }

    public void Dispose() => _logs.Dispose();
}
