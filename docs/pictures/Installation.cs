using System.Diagnostics;

namespace Softy.Pictures;

/// <summary>What this user may install.</summary>
internal static class Installation
{
    /// <summary>Whether sudo lets this user be root, without a question that nobody might answer.</summary>
    public static bool MaySudo()
    {
        try
        {
            using var sudo = Process.Start("sudo", ["-n", "true"]);
            sudo.WaitForExit();
            return sudo.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // there is no sudo
        }
    }
}
