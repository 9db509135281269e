using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Docker.Publishing;

/// <summary>Writes <c>docker-compose.yaml</c> and <c>.env</c>.</summary>
internal static class ComposePublisher
{
    public static async Task PublishAsync(DockerComposeEnvironmentResource environment, PipelineStepContext context)
    {
        var network = environment.DefaultNetworkName ?? "aspire";
        var file = new ComposeFile { Networks = { [network] = new Network { Name = network, Driver = "bridge" } } };
        var resources = context.Model.Resources.OfType<IComputeResource>();
        foreach (var resource in environment is { DashboardEnabled: true, Dashboard: { } dashboard } ? resources.Prepend(dashboard.Resource) : resources)
        {
            var target = new DockerComposeServiceResource(resource.Name, resource, environment);
            var service = await new ServiceWriter(target, context).WriteAsync();
            service.Networks.Add(network);
            foreach (var volume in service.Volumes.Select(mounted => mounted.Name))
            {
                file.Volumes[volume] = new Volume { Name = volume, Driver = "local" };
            }

            foreach (var customization in resource.Annotations.OfType<DockerComposeServiceCustomizationAnnotation>())
            {
                customization.Configure(target, service);
            }

            file.Services[service.Name] = service;
        }

        environment.ConfigureComposeFile?.Invoke(file);
        environment.ConfigureEnvFile?.Invoke(environment.CapturedEnvironmentVariables);

        var folder = context.Services.GetRequiredService<IConfiguration>()[Pipeline.OutputPathKey]!;
        try
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "docker-compose.yaml"), file.ToYaml(), context.CancellationToken);
            await EnvironmentFile.WriteAsync(
                Path.Combine(folder, ".env"), environment.CapturedEnvironmentVariables.Values, context.CancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException(
                $"The deployment cannot be written to '{folder}': {e.Message} Choose another folder with --output-path.", e);
        }
    }
}
