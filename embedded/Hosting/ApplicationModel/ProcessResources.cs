namespace Aspire.Hosting.ApplicationModel;

/// <summary>A .NET project. Stands for Aspire's class of that name.</summary>
/// <param name="name">The name.</param>
public class ProjectResource(string name) : Resource(name),
    IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport, IComputeResource;

/// <summary>A program. Stands for Aspire's class of that name.</summary>
/// <param name="name">The name.</param>
/// <param name="command">The program: a path, or a name to look up.</param>
/// <param name="workingDirectory">The folder in which it runs.</param>
public class ExecutableResource(string name, string command, string workingDirectory) : Resource(name),
    IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport, IComputeResource
{
    /// <summary>The program: a path, or a name to look up.</summary>
    public string Command { get; } = command;

    /// <summary>The folder in which it runs.</summary>
    public string WorkingDirectory { get; } = workingDirectory;
}
