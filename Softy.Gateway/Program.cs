using Softy.Gateway;
using Softy.Gateway.Configuration;
using Softy.ServiceDefaults;
using Softy.ServiceDefaults.Sockets;
using Softy.ServiceDefaults.Startup;

return await ServiceHost.RunAsync(
    args,
    () =>
    {
        var builder = WebApplication.CreateBuilder(args);

        builder.AddServiceDefaults();
        builder.AddSocketQueues();
        builder.AddGateway();

        var app = builder.Build();
        app.ValidateGatewayOptions();

        app.MapDefaultEndpoints();
        app.MapGateway();

        return app;
    }
);
