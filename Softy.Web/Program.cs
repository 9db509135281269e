using Microsoft.AspNetCore.ResponseCompression;
using Softy.ServiceDefaults;
using Softy.ServiceDefaults.Sockets;
using Softy.ServiceDefaults.Startup;
using Softy.Web.Assets;
using Softy.Web.Pages;
using Softy.Web.Security;

return await ServiceHost.RunAsync(
    args,
    () =>
    {
        var builder = WebApplication.CreateBuilder(args);

        builder.AddServiceDefaults();
        builder.AddInlineSockets();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        // Finds the assets of a project that is built but not published, in every environment.
        builder.WebHost.UseStaticWebAssets();

        builder.Services.AddProblemDetails();
        // For the pages. The build compresses the other assets.
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
