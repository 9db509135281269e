using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Softy.Tests.Faults;

namespace Softy.Tests.Application;

/// <summary>
/// The whole application, started once for a class or a collection of tests, on free ports and without data volumes.
/// Who
/// wants it otherwise derives from it and passes arguments, the same as on the command line.
/// </summary>
public class SoftyApp : IAsyncLifetime
{
    internal static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(5);

    private readonly string[] _args = [];
    private DistributedApplication? _app;

    public SoftyApp() { }

    protected SoftyApp(params string[] args) => _args = args;

    public DistributedApplication App =>
        _app ?? throw new InvalidOperationException("The application has not started.");

    /// <summary>What the resources and the host have written.</summary>
    public ResourceLogs Logs { get; } = new();

    /// <summary>
    /// How long the replicas wait for a store. Much longer than where people wait for them: on a busy machine a store
    /// that
    /// is well may take its time, and only tests of outages want it given up.
    /// </summary>
    protected virtual TimeSpan StoreTimeout => TimeSpan.FromSeconds(20);

    /// <summary>
    /// How many replicas there are in all: those that start with the application, unless a test is about others.
    /// </summary>
    protected virtual int MaxReplicas => 3;

    /// <summary>Whether the dashboard runs, too.</summary>
    protected virtual bool HasDashboard => false;

    /// <summary>Whether the machine seems to have a developer certificate, so that the gateway serves HTTPS.</summary>
    protected virtual bool HasHttps => false;

    public Uri GatewayAddress => App.GetEndpoint("gateway", "http");

    /// <summary>The address of the gateway for HTTPS, if there is one.</summary>
    public Uri SecureGatewayAddress => App.GetEndpoint("gateway", "https");

    /// <summary>Starts the application and waits until requests are answered.</summary>
    public virtual async ValueTask InitializeAsync()
    {
        using var patience = new CancellationTokenSource(LongestStart);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Softy_AppHost>(
            new DistributedApplicationTestingBuilderOptions { EnableDashboard = HasDashboard },
            [.. Arguments, $"--MaxReplicas={MaxReplicas}", .. _args],
            patience.Token
        );
        BePatient(builder);
        if (HasHttps)
        {
#pragma warning disable ASPIRECERTIFICATES001 // Aspire's API for developer certificates is experimental.
            builder.Services.Replace(ServiceDescriptor.Singleton<IDeveloperCertificateService, DeveloperCertificate>());
#pragma warning restore ASPIRECERTIFICATES001
        }

        Configure(builder);
        builder.Services.AddLogging(logging => logging.ClearProviders().AddProvider(Logs));
        // Resources wait for a dependency that is stopped, as they do in a user's run. In tests, Aspire gives up by
        // default.
        builder.Services.PostConfigure<ResourceNotificationServiceOptions>(options =>
            options.DefaultWaitBehavior = WaitBehavior.WaitOnResourceUnavailable
        );
        _app = await builder.BuildAsync(patience.Token);
        await _app.StartAsync(patience.Token);
        try
        {
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(
                "gateway",
                WaitBehavior.StopOnResourceUnavailable,
                patience.Token
            );
        }
        catch (Exception exception) when (exception is OperationCanceledException or DistributedApplicationException)
        {
            throw new TimeoutException(
                $"The gateway did not become healthy.{Environment.NewLine}{Logs.Last()}",
                exception
            );
        }

        // A healthy gateway has waited for the others that start with the application.
        Programs.Verify(_app.ProcessId("gateway"));
        Programs.Verify(_app.ProcessId("web"));
        Programs.Verify(_app.ProcessId("api-1"));
    }

    /// <summary>Waits until a resource is healthy that has been told to start, whatever it was before.</summary>
    /// <exception cref="TimeoutException">It has not become healthy within minutes; it may never.</exception>
    public async Task WaitUntilHealthyAsync(string resource, CancellationToken cancellationToken)
    {
        var patience = TimeSpan.FromMinutes(4);
        try
        {
            await App
                .ResourceNotifications.WaitForResourceHealthyAsync(
                    resource,
                    WaitBehavior.WaitOnResourceUnavailable,
                    cancellationToken
                )
                .WaitAsync(patience, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"After {patience} '{resource}' is not healthy.", exception);
        }
    }

    /// <summary>Waits until the gateway has every replica take turns: it is ready with one of them.</summary>
    public async Task WaitUntilAllTakeTurnsAsync(int replicas, CancellationToken cancellationToken)
    {
        using var client = CreateGatewayClient();
        await Eventually.Async(
            async () =>
            {
                var status = await client.GetFromJsonAsync<JsonElement>("/gateway/status", cancellationToken);
                return status
                        .GetProperty("replicas")
                        .EnumerateArray()
                        .Count(replica => replica.GetProperty("health").GetString() == "healthy") == replicas;
            },
            $"{replicas} replicas take turns"
        );
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await Disposal.BoundedAsync("the application", _app.DisposeAsync);
        }

        Logs.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A client of the gateway, with a connection of its own.</summary>
    public HttpClient CreateGatewayClient() =>
        new(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = GatewayAddress,
            Timeout = TimeSpan.FromSeconds(60),
        };

    /// <summary>Gives a command to a resource and expects it to be carried out.</summary>
    public async Task CommandAsync(string resource, string command, CancellationToken cancellationToken)
    {
        var result = await App.ResourceCommands.ExecuteCommandAsync(resource, command, cancellationToken);
        result.Success.ShouldBeTrue($"{command} of {resource}: {result.Message}");
        if (command == KnownResourceCommands.StopCommand)
        {
            // Aspire may report the new state only after the command has ended.
            await App.ResourceNotifications.WaitForResourceAsync(
                resource,
                KnownResourceStates.TerminalStates,
                cancellationToken
            );
        }
    }

    /// <summary>
    /// What every application of the tests is told. It keeps nothing, listens where nobody else does, and makes no use
    /// of
    /// the user's secrets: passwords that are given are not generated, nor kept.
    /// </summary>
    internal static string[] Arguments =>
        [
            "--Stores=process",
            "--Volumes=none",
            $"--Parameters:postgres-password={Guid.NewGuid():N}",
            $"--Parameters:redis-password={Guid.NewGuid():N}",
            .. Programs.Arguments,
        ];

    /// <summary>Starts every resource that is stopped, all at once, because some wait for others.</summary>
    internal async Task StartStoppedAsync()
    {
        using var patience = new CancellationTokenSource(LongestStart);
        var stopped = FaultRun.Resources.Where(resource =>
            App.ResourceNotifications.TryGetCurrentState(resource, out var state)
            && KnownResourceStates.TerminalStates.Contains(state.Snapshot.State?.Text)
        );
        await Task.WhenAll(
            stopped.Select(resource => CommandAsync(resource, KnownResourceCommands.StartCommand, patience.Token))
        );
    }

    /// <summary>Nothing is given up that is only slow: the machine may have much else to do.</summary>
    private void BePatient(IDistributedApplicationTestingBuilder builder)
    {
        builder.ConfigureGateway(gateway => gateway.WithEnvironment("Gateway__Health__Active__Timeout", "00:00:20"));
        builder.ConfigureReplicas(api =>
            api.WithEnvironment("Stores__PostgresTimeout", StoreTimeout.ToString("c", CultureInfo.InvariantCulture))
                .WithEnvironment("Stores__NeededRedisTimeout", StoreTimeout.ToString("c", CultureInfo.InvariantCulture))
        );
    }

    /// <summary>Changes the application before it is built.</summary>
    protected virtual void Configure(IDistributedApplicationTestingBuilder builder) { }
}
