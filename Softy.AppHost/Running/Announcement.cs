using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Softy.AppHost.Running;

/// <summary>Logs the address of the application when it is ready.</summary>
internal static partial class Announcement
{
    public static IResourceBuilder<ProjectResource> AnnounceAddress(this IResourceBuilder<ProjectResource> gateway) =>
        gateway.OnResourceReady(
            (resource, ready, _) =>
            {
                var logger = ready.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Softy");
                LogAddress(logger, gateway.GetEndpoint("http").Url);
                if (gateway.GetEndpoint("https") is { Exists: true, Url: var secure })
                {
                    LogSecureAddress(logger, secure);
                }

                return Task.CompletedTask;
            }
        );

    [LoggerMessage(0, LogLevel.Information, "Softy is ready at {Address}")]
    private static partial void LogAddress(ILogger logger, string address);

    [LoggerMessage(5, LogLevel.Information, "Softy is also available with TLS: {Address}")]
    private static partial void LogSecureAddress(ILogger logger, string address);
}
