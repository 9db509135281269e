using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Softy.AppHost.Running;

/// <summary>Runs the application and reports errors of the user in one line each.</summary>
internal static class ApplicationRun
{
    /// <summary>
    /// Whether the AppHost runs in its own process. A test that runs it in the test process waits for the exception,
    /// and would hang without it.
    /// </summary>
    private static bool IsEntryAssembly => Assembly.GetEntryAssembly() == typeof(ApplicationRun).Assembly;

    /// <summary>Runs the application until it is told to stop.</summary>
    /// <param name="builder">The application.</param>
    /// <returns>The exit code: 1 if the machine or the configuration does not allow the application to start.</returns>
    public static async Task<int> RunApplicationAsync(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            // Otherwise the AppHost would exit before its services, which would keep running.
            builder.Configuration["DcpPublisher:WaitForResourceCleanup"] ??= "true";
            // Failed checks are visible as the state of a resource on the dashboard, so they are not logged.
            // An open dashboard calls the AppHost several times a second. Four lines for each call would hide the rest.
            builder.Services.AddLogging(logging =>
                logging
                    .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)
                    .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
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
