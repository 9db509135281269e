using System.Diagnostics;
using System.Globalization;

namespace Softy.Tests.Faults;

/// <summary>A file system in memory, of limited size, with the data volume of a store. It needs root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    // The shell ignores signals, so that it unmounts the disk even if the test process is killed.
    private const string Script = """
        trap '' HUP INT TERM
        mv "$1" "$1.before" && mkdir "$1" && mount -t tmpfs -o "size=$2m" softy "$1" || exit
        if cp -a "$1.before/." "$1"; then
            echo mounted
            cat >/dev/null
        fi
        umount --lazy "$1"
        """;

    private readonly FaultApp _softy;
    private readonly string _resource;
    private readonly Process _keeper;
    private readonly string _ballast;

    private SmallDisk(FaultApp softy, string resource, Process keeper, string folder)
    {
        _softy = softy;
        _resource = resource;
        _keeper = keeper;
        _ballast = Path.Combine(folder, "ballast");
    }

    /// <summary>Moves the volume of a store to a separate disk.</summary>
    /// <param name="softy">The running application.</param>
    /// <param name="resource">The store.</param>
    /// <param name="size">The size in MiB.</param>
    /// <param name="cancellationToken">Cancels the move.</param>
    public static async Task<SmallDisk> MoveAsync(
        FaultApp softy,
        string resource,
        int size,
        CancellationToken cancellationToken
    )
    {
        var folder = softy.Volumes.FolderOf(resource);
        await softy.CommandAsync(resource, KnownResourceCommands.StopCommand, cancellationToken);

        var keeper = Process.Start(
            new ProcessStartInfo("sh", ["-c", Script, "sh", folder, size.ToString(CultureInfo.InvariantCulture)])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        var disk = new SmallDisk(softy, resource, keeper, folder);
        (await keeper.StandardOutput.ReadLineAsync(cancellationToken)).ShouldBe("mounted");
        await softy.StartAsync(resource, cancellationToken);
        return disk;
    }

    /// <summary>Fills the disk.</summary>
    public void Fill()
    {
        using var ballast = new FileStream(_ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[64 * 1024];
        try
        {
            while (true)
            {
                ballast.Write(block);
            }
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }

    /// <summary>Frees the room that was filled.</summary>
    public void Relieve() => File.Delete(_ballast);

    /// <summary>Stops the store, and removes the disk with its data.</summary>
    public async ValueTask DisposeAsync()
    {
        await _softy.App.ResourceCommands.ExecuteCommandAsync(
            _resource,
            KnownResourceCommands.StopCommand,
            CancellationToken.None
        );
        _keeper.StandardInput.Close();
        await _keeper.WaitForExitAsync(CancellationToken.None);
        _keeper.Dispose();
    }
}
