using System.Diagnostics;

namespace Softy.Pictures;

/// <summary>Finds out what this user may install.</summary>
internal static class Installation
{
    /// <summary>Whether sudo works for this user without asking for a password.</summary>
    public static bool CanSudo()
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
