namespace Aspire.Hosting;

/// <summary>Where a .NET project is. Stands for <c>Aspire.Hosting.IProjectMetadata</c>.</summary>
public interface IProjectMetadata : ApplicationModel.IResourceAnnotation
{
    /// <summary>The full path of the project file, or of its folder.</summary>
    string ProjectPath { get; }

    /// <summary>Whether the project need not be built before it is run; the embedded host never builds.</summary>
    bool SuppressBuild => false;
}
