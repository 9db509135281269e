using Softy.Tests.Api;
using Softy.Tests.Application;

namespace Softy.Tests.Faults;

/// <summary>The tests that share an application with data volumes. They run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class FaultCollection : ICollectionFixture<FaultApp>
{
    public const string Name = "application with volumes";
}

/// <summary>The application with data volumes, of which any resource can be killed or frozen.</summary>
public class FaultApp : StoreApp
{
    public FaultApp()
        : this(new OwnVolumes()) { }

    private FaultApp(OwnVolumes volumes)
        : base($"--Volumes={volumes.Prefix}") => Volumes = volumes;

    /// <inheritdoc />
    protected override bool HasHttps => true;

    /// <summary>Its volumes.</summary>
    public OwnVolumes Volumes { get; }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Volumes.Dispose();
        GC.SuppressFinalize(this);
    }
}
