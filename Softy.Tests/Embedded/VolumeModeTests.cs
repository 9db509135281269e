using Softy.Tests.Application;
using Softy.Tests.Faults;

namespace Softy.Tests.Embedded;

/// <summary>What PostgreSQL and Redis keep is for nobody else on the machine to read.</summary>
public sealed class VolumeModeTests(FaultApp softy) : ApplicationTest(softy), IClassFixture<FaultApp>
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Theory]
    [InlineData("postgres")]
    [InlineData("redis")]
    public void A_volume_is_for_its_owner_alone(string store)
    {
        var volume = new DirectoryInfo(Path.Combine(OwnVolumes.Folder, $"{((FaultApp)Softy).Volumes}-{store}"));

        volume.Exists.ShouldBeTrue();
        (volume.UnixFileMode & ~Owner).ShouldBe(UnixFileMode.None);
    }
}
