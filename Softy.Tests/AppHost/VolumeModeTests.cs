using Softy.Tests.Application;
using Softy.Tests.Faults;

namespace Softy.Tests.AppHost;

/// <summary>No other account of the machine can read the data of PostgreSQL and Redis.</summary>
[Collection(FaultCollection.Name)]
public sealed class VolumeModeTests(FaultApp softy) : ApplicationTest(softy)
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Theory]
    [InlineData("postgres")]
    [InlineData("redis")]
    public void Only_its_owner_can_read_a_volume(string store)
    {
        var volume = new DirectoryInfo(((FaultApp)Softy).Volumes.FolderOf(store));

        volume.Exists.ShouldBeTrue();
        (volume.UnixFileMode & ~Owner).ShouldBe(UnixFileMode.None);
    }
}
