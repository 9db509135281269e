using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>Builds applications for tests. Stands for Aspire's class of that name.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <summary>Runs an AppHost up to its call of <c>Build</c>.</summary>
    /// <typeparam name="TEntryPoint">A type of the AppHost's assembly, such as <c>Projects.My_AppHost</c>.</typeparam>
    /// <param name="cancellationToken">Ends the wait for that call.</param>
    /// <returns>The builder as the AppHost left it.</returns>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        CancellationToken cancellationToken = default)
        where TEntryPoint : class =>
        CreateAsync<TEntryPoint>([], cancellationToken);

    /// <summary>Runs an AppHost up to its call of <c>Build</c>.</summary>
    /// <typeparam name="TEntryPoint">A type of the AppHost's assembly.</typeparam>
    /// <param name="args">The command line arguments of the AppHost.</param>
    /// <param name="cancellationToken">Ends the wait for that call.</param>
    /// <returns>The builder as the AppHost left it.</returns>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class =>
        CreateAsync<TEntryPoint>(args, (_, _) => { }, cancellationToken);

    /// <summary>Runs an AppHost up to its call of <c>Build</c>.</summary>
    /// <typeparam name="TEntryPoint">A type of the AppHost's assembly.</typeparam>
    /// <param name="args">The command line arguments of the AppHost.</param>
    /// <param name="configureBuilder">Changes how the application and its host are built.</param>
    /// <param name="cancellationToken">Ends the wait for that call.</param>
    /// <returns>The builder as the AppHost left it.</returns>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder,
        CancellationToken cancellationToken = default)
    {
        var appHost = new SuspendedAppHost(typeof(TEntryPoint).Assembly, args, configureBuilder);
        var builder = await appHost.StartAsync(cancellationToken);
        return new TestingBuilder(builder, appHost.BuildAsync);
    }

    /// <summary>Starts to build an application that the test itself describes.</summary>
    /// <param name="args">The command line arguments.</param>
    /// <returns>An empty builder.</returns>
    public static IDistributedApplicationTestingBuilder Create(params string[] args) => Create(args, (_, _) => { });

    /// <summary>Starts to build an application that the test itself describes.</summary>
    /// <param name="args">The command line arguments.</param>
    /// <param name="configureBuilder">Changes how the application and its host are built.</param>
    /// <returns>An empty builder.</returns>
    public static IDistributedApplicationTestingBuilder Create(
        string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
    {
        var builder = new DistributedApplicationBuilder(
            new DistributedApplicationOptions(),
            new TestDefaults(Assembly.GetCallingAssembly(), args, configureBuilder));
        return new TestingBuilder(builder, _ => Task.FromResult(builder.Build()));
    }
}
