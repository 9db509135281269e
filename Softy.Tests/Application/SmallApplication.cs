namespace Softy.Tests.Application;

/// <summary>Applications of a few resources, for what needs no more.</summary>
internal static class SmallApplication
{
    /// <summary>
    /// Creates a builder with some of the resources of the AppHost, without data volumes unless told otherwise.
    /// </summary>
    /// <param name="resources">Their names.</param>
    /// <param name="args">Configuration, as on the command line.</param>
    public static async Task<IDistributedApplicationTestingBuilder> CreateBuilderAsync(
        string[] resources,
        params string[] args
    )
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Softy_AppHost>(
            [.. SoftyApp.Arguments, .. args],
            Cancellation
        );
        foreach (var resource in builder.Resources.Where(resource => !resources.Contains(resource.Name)).ToList())
        {
            builder.Resources.Remove(resource);
        }

        return builder;
    }
}
