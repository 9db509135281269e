namespace Softy.AppHost.Compose;

/// <summary>Writes files atomically.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file completely or not at all. A private file can only ever be read by its owner.</summary>
    /// <param name="path">The path of the file. A symbolic link is followed.</param>
    /// <param name="content">The content of the file.</param>
    /// <param name="isPrivate">Whether only its owner may read it.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that completes when the file is written.</returns>
    public static async Task WriteAsync(
        string path,
        ReadOnlyMemory<byte> content,
        bool isPrivate,
        CancellationToken cancellationToken
    )
    {
        var link = new FileInfo(path);
        var target = link.LinkTarget is null ? path : link.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        var draft = target + ".draft";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (isPrivate && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            await using (var stream = new FileStream(draft, options))
            {
                await stream.WriteAsync(content, cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            File.Move(draft, target, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }
}
