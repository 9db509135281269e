namespace Softy.Tests.Application;

/// <summary>Changes the application's resources before it is built.</summary>
internal static class TestingBuilderExtensions
{
    /// <summary>Changes every replica of the API.</summary>
    public static void ConfigureReplicas(
        this IDistributedApplicationTestingBuilder builder,
        Action<IResourceBuilder<ProjectResource>> configure
    )
    {
        var replicas = builder
            .Resources.OfType<ProjectResource>()
            .Where(project => project.Name.StartsWith("api-", StringComparison.Ordinal))
            .ToList();
        foreach (var api in replicas)
        {
            configure(builder.CreateResourceBuilder(api));
        }
    }

    /// <summary>Changes the gateway.</summary>
    public static void ConfigureGateway(
        this IDistributedApplicationTestingBuilder builder,
        Action<IResourceBuilder<ProjectResource>> configure
    ) =>
        configure(
            builder.CreateResourceBuilder(
                builder.Resources.OfType<ProjectResource>().Single(project => project.Name == "gateway")
            )
        );
}
