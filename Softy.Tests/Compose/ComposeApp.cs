using System.Globalization;
using Softy.Tests.Publishing;

namespace Softy.Tests.Compose;

/// <summary>
/// The deployment for one machine, published to an empty folder and started from there: with containers, volumes,
/// images and a port of its own, none of which is left in the end.
/// </summary>
public sealed class ComposeApp : IAsyncLifetime
{
    private static readonly string[] _images = ["softy-web", "softy-api", "softy-gateway"];

    private readonly Dictionary<string, string> _environment;
    private Deployment? _deployment;

    public ComposeApp() =>
        _environment = new(StringComparer.Ordinal)
        {
            // Stronger than the .env of the deployment, which stays as it was published.
            ["COMPOSE_PROJECT_NAME"] = Project,
            ["GATEWAY_PORT"] = PublishedPort,
            ["GATEWAY_HTTPS_PORT"] = Gateway.SecurePort.ToString(CultureInfo.InvariantCulture),
            ["SOFTY_TAG"] = Project,

            // What Compose 1 waits for the engine, in seconds: a busy one may take longer than it would grant.
            ["COMPOSE_HTTP_TIMEOUT"] = "300",
        };

    public DeployedGateway Gateway { get; } = new();

    /// <summary>Where the gateway's port is: no other machine reaches it.</summary>
    public string PublishedPort => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Gateway.Port}");

    /// <summary>
    /// The prefix of containers, volumes and image tags, by which the leftovers of interrupted tests are found.
    /// </summary>
    internal static string Project { get; } = $"softy-test-{Guid.NewGuid():N}";

    /// <summary>Starts everything and waits until it is healthy.</summary>
    public async ValueTask InitializeAsync()
    {
        await EngineHost.StartAsync();
        EngineHost.Open(Gateway.Port);
        EngineHost.Open(Gateway.SecurePort);
        _deployment = await Deployment.CreateAsync();
        try
        {
            // Half of the work of building an image uses one core. By itself, Compose 1 builds one after the other.
            await ComposeAsync("build", "--parallel");
            await ComposeAsync("up", "--detach");
            await WaitUntilHealthyAsync(replicas: 3);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_deployment is null)
        {
            return;
        }

        await ComposeAsync("down", "--volumes", "--timeout", "10");
        foreach (var image in _images)
        {
            await Engine.TryDockerAsync("image", "rm", $"{image}:{Project}"); // none where a build has failed
        }

        _deployment.Dispose();
        _deployment = null;
    }

    /// <summary>Runs <c>docker compose</c> in the folder of the deployment.</summary>
    public Task<string> ComposeAsync(params string[] arguments) =>
        Engine.ComposeAsync(_deployment!.Folder, _environment, arguments);

    public Task<string> LogsAsync() => ComposeAsync("logs", "--no-color", "--tail", "100");

    internal async Task<Container[]> ContainersAsync(string? service = null) =>
        [
            .. (await Engine.FindAsync($"com.docker.compose.project={Project}")).Where(container =>
                service is null || container.Service == service
            ),
        ];

    /// <summary>Runs so many replicas of the API, as the documentation says.</summary>
    internal Task<string> ScaleAsync(int replicas) =>
        ComposeAsync(
            "up",
            "--detach",
            "--no-recreate",
            "--scale",
            string.Create(CultureInfo.InvariantCulture, $"api={replicas}"),
            "api"
        );

    /// <summary>Changes variables of the deployment, as a user would, and restores them at the end.</summary>
    /// <param name="edit">From the text of the file to its new text.</param>
    /// <param name="test">What is looked at meanwhile.</param>
    /// <param name="service">A service that only the edit starts.</param>
    internal async Task WithVariablesAsync(Func<string, string> edit, Func<Task> test, string? service = null)
    {
        var path = _deployment!.VariablesPath;
        var text = await File.ReadAllTextAsync(path);
        try
        {
            await File.WriteAllTextAsync(path, edit(text));
            await ComposeAsync("up", "--detach");
            await test();
        }
        finally
        {
            if (service is not null)
            {
                await ComposeAsync("rm", "--stop", "--force", service);
            }

            await File.WriteAllTextAsync(path, text);
            await ComposeAsync("up", "--detach");
            await WaitUntilHealthyAsync(replicas: 3);
        }
    }

    /// <summary>
    /// Publishes and starts the deployment with a certificate, as the documentation says, and restores it at the end.
    /// </summary>
    /// <param name="variables">What the variables get in addition.</param>
    /// <param name="test">Gets the folder for the certificate, and what starts the deployment.</param>
    internal async Task WithHttpsAsync(string variables, Func<string, Func<Task>, Task> test)
    {
        var path = _deployment!.VariablesPath;
        var text = await File.ReadAllTextAsync(path);
        try
        {
            await File.WriteAllTextAsync(path, text + variables);
            await _deployment.PublishAsync();
            await test(Path.Combine(_deployment.Folder, "tls"), () => ComposeAsync("up", "--detach"));
        }
        finally
        {
            await File.WriteAllTextAsync(path, text);
            await _deployment.PublishAsync();
            await ComposeAsync("up", "--detach");
            await WaitUntilHealthyAsync(replicas: 3);
        }
    }

    /// <summary>Waits until every container is healthy, and the gateway sees as many replicas of the API.</summary>
    internal async Task WaitUntilHealthyAsync(int replicas)
    {
        try
        {
            await Eventually.Async(
                async () =>
                    await ContainersAsync() is var all
                    && all.Count(container => container.Service == "api") == replicas
                    && all.All(container => container.IsHealthy),
                $"{replicas} replicas and everything else are healthy",
                TimeSpan.FromMinutes(5)
            );
            await Gateway.WaitForAsync(replicas);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{await ComposeAsync("ps")}\n{await LogsAsync()}", e);
        }
    }
}
