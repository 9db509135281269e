#pragma warning disable ASPIRECERTIFICATES001 // Aspire may still change how resources are given certificates.

using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Softy.AppHost.Running;

namespace Softy.AppHost.Stores;

/// <summary>Replaces containers by processes in the application model.</summary>
internal static class StoreProcessExtensions
{
    private const string Endpoint = "tcp";

    /// <summary>Replaces a store's container by a process that runs one of the scripts in this folder.</summary>
    /// <typeparam name="TStore">The kind of store.</typeparam>
    /// <param name="store">The store, as Aspire has added it.</param>
    /// <param name="script">The name of the script.</param>
    /// <param name="plan">
    /// Finds the programs and opens the data folder. It is called once, before anything starts.
    /// </param>
    /// <param name="ping">Sends a harmless request to the server. It fails while the server is not available.</param>
    /// <returns>The process.</returns>
    /// <exception cref="PlatformNotSupportedException">This machine does not run Linux.</exception>
    public static IResourceBuilder<StoreProcess> ReplaceByProcess<TStore>(
        this IResourceBuilder<TStore> store,
        string script,
        Func<StorePlan> plan,
        Func<CancellationToken, Task> ping
    )
        where TStore : ContainerResource, IResourceWithConnectionString
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException(
                $"'{store.Resource.Name}' can run as a process on Linux only. "
                    + "Start Docker or Podman, or set Stores to 'container'."
            );
        }

        var builder = store.ApplicationBuilder;
        var container = store.Resource;
        store.WithoutHttpsCertificate();
        foreach (var annotation in container.Annotations.Where(BelongsToContainer).ToArray())
        {
            container.Annotations.Remove(annotation);
        }

        var process = new StoreProcess(container, container, Path.GetTempPath());
        builder.Resources.Remove(container);

        StorePlan? preparedPlan = null;
        builder.Eventing.Subscribe<BeforeStartEvent>(
            (start, _) =>
            {
                preparedPlan = plan();
                if (preparedPlan.IsTemporary)
                {
                    var folder = preparedPlan.Folder;
                    start
                        .Services.GetRequiredService<IHostApplicationLifetime>()
                        .ApplicationStopped.Register(() => DeleteIfExists(folder));
                }

                // Databases can be added after the container was replaced.
                foreach (
                    var child in start
                        .Model.Resources.OfType<IResourceWithParent>()
                        .Where(child => child.Parent == container)
                )
                {
                    child.Annotations.Add(new ResourceRelationshipAnnotation(process, "Parent"));
                }

                return Task.CompletedTask;
            }
        );

        var port = container.GetEndpoint(Endpoint).Property(EndpointProperty.TargetPort);
        return builder
            .AddResource(process)
            .WithEndpoint(
                Endpoint,
                endpoint =>
                {
                    // The port inside the container does not apply. If the user has configured no port, a free one is
                    // used.
                    var port = endpoint.Port;
                    endpoint.IsProxied = false;
                    endpoint.Port = port;
                    endpoint.TargetPort = port;
                }
            )
            .WithArgs(context =>
            {
                var (program, folder, isTemporary, account) =
                    preparedPlan
                    ?? throw new InvalidOperationException($"'{container.Name}' was started before the application.");
                context.Args.Add(Path.Combine(AppContext.BaseDirectory, "Stores", script));
                context.Args.Add(folder);
                context.Args.Add(port);
                context.Args.Add(program);
                context.Args.Add(account ?? string.Empty);
                context.Args.Add(
                    isTemporary ? Environment.ProcessId.ToString(CultureInfo.InvariantCulture) : string.Empty
                );
            })
            .WithPromptHealthCheck(async cancellationToken =>
            {
                await ping(cancellationToken);
                return HealthCheckResult.Healthy();
            })
            .WithFailuresOnConsole();
    }

    private static bool BelongsToContainer(IResourceAnnotation annotation) =>
        annotation
            is ContainerImageAnnotation
                or CommandLineArgsCallbackAnnotation
                or CertificateTrustConfigurationCallbackAnnotation
                or HttpsCertificateConfigurationCallbackAnnotation
                or HealthCheckAnnotation;

    private static void DeleteIfExists(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
