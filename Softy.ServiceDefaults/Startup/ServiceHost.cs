using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Softy.ServiceDefaults.Probing;

namespace Softy.ServiceDefaults.Startup;

/// <summary>Runs a service, and tells mistakes of whoever configured it in one line each, without a stack trace.</summary>
public static class ServiceHost
{
    /// <summary>Runs a service until it is told to stop, or probes the one that runs where the arguments ask for that.</summary>
    /// <param name="args">The command line arguments.</param>
    /// <param name="build">Builds the service.</param>
    /// <returns>
    /// The exit code of the process: 1 when the configuration does not let the service start, else what the service has
    /// set as <see cref="Environment.ExitCode"/>, which is 0 unless something failed.
    /// </returns>
    public static async Task<int> RunAsync(string[] args, Func<WebApplication> build)
    {
        ArgumentNullException.ThrowIfNull(build);

        if (HealthProbe.IsAskedFor(args))
        {
            return await HealthProbe.RunAsync(args);
        }

        try
        {
            await using var app = build();
            // Before the host does it: the host would log what it finds with a stack trace.
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
            // A value of the wrong kind: the binder's message names the key.
            InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } unbound =>
            [
                unbound.Message,
            ],
            IOException { InnerException: AddressInUseException } taken => [taken.Message],
            InvalidOperationException { InnerException: { } inner } when Explain(inner) is { } explained => explained,
            _ => null,
        };
}
