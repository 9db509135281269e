// Aspire's API for developer certificates is experimental.
#pragma warning disable ASPIRECERTIFICATES001

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Softy.AppHost.Running;

/// <summary>HTTPS with the developer certificate.</summary>
internal static partial class DeveloperHttps
{
    /// <summary>
    /// Adds an HTTPS endpoint if this machine has a trusted developer certificate. Otherwise it logs how to get one.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="port">The port, or null for any free port.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithDeveloperHttps(
        this IResourceBuilder<ProjectResource> service,
        int? port
    )
    {
        if (service.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            return service;
        }

        // The certificate service is only available when the application is built.
        service.ApplicationBuilder.Eventing.Subscribe<BeforeStartEvent>(
            (start, _) =>
            {
                if (start.Services.GetRequiredService<IDeveloperCertificateService>().UseForHttps)
                {
                    service
                        .WithHttpsEndpoint(port: port, isProxied: false)
                        .WithEndpoint("https", endpoint => endpoint.IsExternal = true)
                        .WithUrlForEndpoint("https", url => url.DisplayText = "Softy (HTTPS)")
                        .WithHttpsDeveloperCertificate();
                }
                else
                {
                    LogNoCertificate(start.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Softy"));
                }

                return Task.CompletedTask;
            }
        );
        return service;
    }

    [LoggerMessage(
        4,
        LogLevel.Information,
        "HTTPS is disabled, because this machine has no trusted developer certificate. "
            + "Create one with 'dotnet dev-certs https --trust'."
    )]
    private static partial void LogNoCertificate(ILogger logger);
}
