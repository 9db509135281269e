using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Softy.ServiceDefaults.Health;

namespace Softy.ServiceDefaults.Startup;

/// <summary>Runs a service, and reports configuration errors in one line each, without a stack trace.</summary>
public static class ServiceHost
{
    /// <summary>Runs a service until it is asked to stop, or probes the running one if the arguments say so.</summary>
    /// <param name="args">The command line arguments.</param>
    /// <param name="build">Builds the service.</param>
    /// <returns>
    /// The exit code of the process: 1 when the configuration is invalid, else <see cref="Environment.ExitCode"/>,
    /// which the service sets when it fails.
    /// </returns>
    public static async Task<int> RunAsync(string[] args, Func<WebApplication> build)
    {
        ArgumentNullException.ThrowIfNull(build);

        if (HealthProbe.IsRequested(args))
        {
            return await HealthProbe.RunAsync(args);
        }

        try
        {
            await using var app = build();
            // The host validates too, but would log the errors with a stack trace.
            app.Services.GetService<IStartupValidator>()?.Validate();
            await app.RunAsync();
            return Environment.ExitCode;
        }
        catch (Exception exception) when (Explain(exception) is { } errors)
        {
            var service = Assembly.GetEntryAssembly()?.GetName().Name;
            foreach (var error in errors)
            {
                await Console.Error.WriteLineAsync($"{service} cannot start: {error}");
            }

            return 1;
        }
    }

    private static IEnumerable<string>? Explain(Exception exception) =>
        exception switch
        {
            StartupException known => [known.Message],
            OptionsValidationException invalid => invalid.Failures,
            AggregateException several when several.InnerExceptions.All(inner => Explain(inner) is not null) =>
                several.InnerExceptions.SelectMany(inner => Explain(inner)!),
            IOException { InnerException: AddressInUseException } taken => [taken.Message],
            InvalidOperationException { InnerException: { } inner } when Explain(inner) is { } explained => explained,
            _ => null,
        };
}
