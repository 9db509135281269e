// Certificates of developers are new in Aspire, and marked so.
#pragma warning disable ASPIRECERTIFICATES001

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Softy.AppHost.Running;

/// <summary>HTTPS on a developer's machine.</summary>
internal static partial class DeveloperHttps
{
    /// <summary>
    /// Serves HTTPS beside HTTP, with the developer certificate, where this machine has one and trusts it. Where it
    /// does not, a line says how to get it, and everything else is as it would be.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="port">The port, or null for a free one.</param>
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

        // Not before: which certificates there are is for a service of the built application to say.
        service.ApplicationBuilder.Eventing.Subscribe<BeforeStartEvent>(
            (start, _) =>
            {
                if (start.Services.GetRequiredService<IDeveloperCertificateService>().UseForHttps)
                {
                    service
                        .WithHttpsEndpoint(port: port, isProxied: false)
                        .WithEndpoint("https", endpoint => endpoint.IsExternal = true)
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
        "No HTTPS, because there is no developer certificate that this machine trusts; "
            + "'dotnet dev-certs https --trust' makes one."
    )]
    private static partial void LogNoCertificate(ILogger logger);
}
