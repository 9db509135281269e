using System.Diagnostics;
using System.Globalization;
using Softy.Tests.Application;

namespace Softy.Tests.Reliability;

/// <summary>The resources that a process uses.</summary>
/// <param name="Memory">Its memory, in MiB.</param>
/// <param name="Files">Its open files and connections.</param>
internal sealed record ProcessFigures(long Memory, int Files)
{
    public static ProcessFigures Of(DistributedApplication app, string resource)
    {
        var id = app.ProcessId(resource);
        using var process = Process.GetProcessById(id);
        return new ProcessFigures(
            process.WorkingSet64 / 1024 / 1024,
            Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/fd")).Length
        );
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Memory} MiB, {Files} files");
}
