using Softy.Api.Cors;
using Softy.Api.Documentation;
using Softy.Api.Greetings;
using Softy.Api.Http;
using Softy.Api.Instances;
using Softy.Api.Json;
using Softy.Api.Live;
using Softy.Api.Messages;
using Softy.Api.Notifications;
using Softy.Api.Problems;
using Softy.Api.Schema;
using Softy.Api.Stores;
using Softy.Api.Visits;
using Softy.ServiceDefaults;
using Softy.ServiceDefaults.Listening;
using Softy.ServiceDefaults.Sockets;
using Softy.ServiceDefaults.Startup;

return await ServiceHost.RunAsync(
    args,
    () =>
    {
        var builder = WebApplication.CreateBuilder(args);

        builder.AddServiceDefaults();
        builder.AddInlineSockets();
        builder.AddHttp2Endpoint();
        builder.AddHttp();
        builder.AddJson();
        builder.AddProblems();
        builder.AddCrossOrigin();
        builder.AddDocumentation();
        builder.AddStores();
        builder.AddSchema();
        builder.AddNotifications();
        builder.AddGreetings();
        builder.AddInstances();
        builder.AddVisits();
        builder.AddMessages();
        builder.AddLive();

        var app = builder.Build();

        app.UseHttp2Endpoint();
        app.UseProblems();
        app.UseCrossOrigin();
        app.UseRequestCounter();
        app.UseConcurrencyLimit();

        app.MapDefaultEndpoints();
        app.MapDocumentation();
        app.MapProblems();
        app.MapGreetings();
        app.MapInstances();
        app.MapVisits();
        app.MapMessages();
        app.MapLive();

        return app;
    }
);
