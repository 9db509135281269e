using Softy.AppHost;
using Softy.AppHost.Compose;
using Softy.AppHost.Dashboard;
using Softy.AppHost.Running;
using Softy.AppHost.Stores;

var builder = DistributedApplication.CreateBuilder(
    new DistributedApplicationOptions { Args = args, DisableDashboard = !DashboardSwitch.IsEnabled(args) }
);

var error = Arguments.FindError(args, builder.Configuration);
if (error is not null || !AppHostOptions.TryRead(builder.Configuration, out var options, out error))
{
    await Console.Error.WriteLineAsync($"Softy: {error}");
    return 1;
}

var postgres = builder.AddPostgres("postgres").WithDataVolume(options);
var softydb = postgres.AddDatabase("softydb");

var redis = builder.AddRedis("redis").WithDataVolume(options);

builder.RunStores(options.Stores, postgres, redis);

var web = builder
    .AddService<Projects.Softy_Web>("web")
    .WithEnvironment("Instance__Name", "web")
    .WithEnvironment("Instance__Service", "web");

var api = builder.AddReplicaSet<Projects.Softy_Api>(
    "api",
    options.Replicas,
    options.MaxReplicas,
    replica => replica.WithReference(softydb).WaitFor(softydb).WithReference(redis).WaitFor(redis)
);

var gateway = builder
    .AddService<Projects.Softy_Gateway>("gateway", options.GatewayPort)
    .WithExternalHttpEndpoints()
    .WithDeveloperHttps(options.GatewayHttpsPort)
    .WithEnvironment("Gateway__Policy", options.Policy)
    .WithEnvironment("Gateway__Health__Active__ExpectService", "true")
    .WithReference(web)
    .WaitFor(web)
    .WithReference(api)
    .WaitFor(api)
    .AnnounceAddress();

builder.ShowOnDashboard(web, api, gateway);
builder.AddComposeDeployment(options);

return await builder.RunApplicationAsync();
