using Softy.Gateway;
using Softy.Gateway.Configuration;
using Softy.ServiceDefaults;
using Softy.ServiceDefaults.Startup;

return await ServiceHost.RunAsync(
    args,
    () =>
    {
        var builder = WebApplication.CreateBuilder(args);

        builder.AddServiceDefaults();
        builder.AddGateway();

        var app = builder.Build();
        app.ValidateGatewayOptions();

        app.MapDefaultEndpoints();
        app.MapGateway();

        return app;
    }
);
