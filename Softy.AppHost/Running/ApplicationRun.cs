using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Softy.AppHost.Running;

/// <summary>Runs the application, and tells mistakes of whoever started it in one line each.</summary>
internal static class ApplicationRun
{
    /// <summary>
    /// Whether this is a process of the AppHost's own. A test that starts the application in its process waits for the
    /// exception, and for ever if there is none.
    /// </summary>
    private static bool IsEntryAssembly => Assembly.GetEntryAssembly() == typeof(ApplicationRun).Assembly;

    /// <summary>Runs the application until it is told to stop.</summary>
    /// <param name="builder">The application.</param>
    /// <returns>The exit code: 1 where the machine or the configuration does not let the application start.</returns>
    public static async Task<int> RunApplicationAsync(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            // Else the AppHost would leave before its services have, and those would linger.
            builder.Configuration["DcpPublisher:WaitForResourceCleanup"] ??= "true";
            // A failed check is a state of the resource, which the dashboard shows, and no news for the console.
            builder.Services.AddLogging(logging =>
                logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)
            );
            builder.CheckPorts();
        }

        try
        {
            await builder.Build().RunAsync();
            return Environment.ExitCode;
        }
        catch (DistributedApplicationException exception) when (exception.InnerException is null && IsEntryAssembly)
        {
            await Console.Error.WriteLineAsync($"Softy: {exception.Message}");
            return 1;
        }
    }
}
