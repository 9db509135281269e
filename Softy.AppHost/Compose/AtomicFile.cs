namespace Softy.AppHost.Compose;

/// <summary>Writes files as a whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file. Secrets in it can be read by its owner only, from the first byte on.</summary>
    /// <param name="path">The file; where it is a link, what it leads to.</param>
    /// <param name="content">What it will have.</param>
    /// <param name="isPrivate">Whether only its owner may read it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>When it is written.</returns>
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
