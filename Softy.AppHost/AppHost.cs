using Softy.AppHost;

var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
{
    Args = args,
    DisableDashboard = !DashboardSwitch.IsOn(args),
});

if (!Settings.TryRead(builder.Configuration, out var settings, out var error))
{
    await Console.Error.WriteLineAsync($"Softy: {error}");
    Environment.ExitCode = 1;
    return;
}

var softydb = builder.AddPostgres("postgres").WithData(settings).AddDatabase("softydb");

var redis = builder.AddRedis("redis").WithData(settings);

var web = builder.AddProject<Projects.Softy_Web>("web", options => options.ExcludeLaunchProfile = true)
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithEnvironment("Instance__Name", "web")
    .WithEnvironment("Instance__Service", "web");

var api = builder.AddReplicaSet<Projects.Softy_Api>("api", settings.Replicas, replica => replica
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReference(softydb).WaitFor(softydb)
    .WithReference(redis).WaitFor(redis));

builder.AddProject<Projects.Softy_Gateway>("gateway", options => options.ExcludeLaunchProfile = true)
    .WithHttpEndpoint(port: settings.GatewayPort)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithEnvironment("Gateway__Policy", settings.Policy)
    .WithEnvironment("Gateway__Health__Active__ExpectService", "true")
    .WithReference(web).WaitFor(web)
    .WithReference(api).WaitFor(api)
    .AnnounceAddress();

builder.Build().Run();
