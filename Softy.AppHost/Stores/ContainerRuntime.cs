using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace Softy.AppHost.Stores;

/// <summary>Checks whether Docker or Podman can run containers.</summary>
internal static class ContainerRuntime
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(5);

    /// <summary>Finds the container runtime that Aspire would use.</summary>
    /// <param name="configuration">The configuration, which may name a runtime with Aspire's own keys.</param>
    /// <returns>The name of a running container runtime, or null.</returns>
    public static string? Find(IConfiguration configuration)
    {
        var chosen =
            configuration["DcpPublisher:ContainerRuntime"]
            ?? configuration["ASPIRE_CONTAINER_RUNTIME"]
            ?? configuration["DOTNET_ASPIRE_CONTAINER_RUNTIME"];
        string[] candidates = string.IsNullOrEmpty(chosen) ? ["docker", "podman"] : [chosen];
        return candidates.FirstOrDefault(IsRunning);
    }

    private static bool IsRunning(string runtime)
    {
        try
        {
            // "docker version" also succeeds without an engine, while "docker info" with a format fails.
            using var process = Process.Start(
                new ProcessStartInfo(runtime, ["info", "--format", "{{.ID}}{{.Host}}"])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                    UseShellExecute = false,
                }
            )!;
            process.OutputDataReceived += static (_, _) => { };
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (process.WaitForExit(_timeout))
            {
                return process.ExitCode == 0;
            }

            process.Kill();
            return false;
        }
        catch (Win32Exception)
        {
            // The program is not installed.
            return false;
        }
    }
}
