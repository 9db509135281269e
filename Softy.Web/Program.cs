using Microsoft.AspNetCore.ResponseCompression;
using Softy.ServiceDefaults;
using Softy.ServiceDefaults.Sockets;
using Softy.ServiceDefaults.Startup;
using Softy.Web.Serving;

return await ServiceHost.RunAsync(
    args,
    () =>
    {
        var builder = WebApplication.CreateBuilder(args);

        builder.AddServiceDefaults();
        builder.AddInlineSockets();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        // Finds the assets of a built, not yet published project in every environment; does nothing once published.
        builder.WebHost.UseStaticWebAssets();

        builder.Services.AddProblemDetails();
        // For the pages; the other assets were compressed when they were built.
        builder.Services.AddResponseCompression(options =>
            options.MimeTypes = ["text/html", .. ResponseCompressionDefaults.MimeTypes]
        );
        builder.Services.AddSingleton<AssetMap>();
        builder.Services.AddSingleton<SitePages>();

        var app = builder.Build();

        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseSecurityHeaders();
        app.UseResponseCompression();

        app.MapDefaultEndpoints();
        app.MapStaticAssets();
        app.MapSitePages();

        return app;
    }
);
