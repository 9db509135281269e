using Softy.Tests.Api;
using Softy.Tests.Application;

namespace Softy.Tests.Faults;

/// <summary>The application as it runs for real, with data volumes, of which any resource can be killed or frozen.</summary>
public class FaultApp : StoreApp
{
    private readonly OwnVolumes _volumes;

    public FaultApp()
        : this(new OwnVolumes())
    {
    }

    private FaultApp(OwnVolumes volumes)
        : base($"--Volumes={volumes.Prefix}") => _volumes = volumes;

    /// <summary>What the names of its volumes begin with.</summary>
    public string Volumes => _volumes.Prefix;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _volumes.Dispose();
        GC.SuppressFinalize(this);
    }
}
