using Softy.Tests.Application;
using Softy.Tests.Compose;

namespace Softy.Tests.Gateway.Support;

/// <summary>A gateway that must refuse to start.</summary>
internal static class RefusedStart
{
    /// <summary>Starts a gateway, and expects one line on its standard error and the exit code 1.</summary>
    /// <returns>The line, without the name of the program.</returns>
    public static async Task<string> RunAsync(params (string Key, string Value)[] environment)
    {
        const string Prefix = "Softy.Gateway cannot start: ";
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["services__api__http__0"] = "http://127.0.0.1:9",
            ["services__web__http__0"] = "http://127.0.0.1:9",
        };
        foreach (var (key, value) in environment)
        {
            variables[key] = value;
        }

        var start = Programs.Start(new Projects.Softy_Gateway(), "--urls", "http://127.0.0.1:0");
        var (exitCode, output, error) = await Command.TryRunAsync(
            start.FileName,
            start.ArgumentList,
            start.WorkingDirectory,
            variables
        );

        exitCode.ShouldBe(1, output);
        output.ShouldNotContain("   at ");
        error.ShouldStartWith(Prefix);
        error.Trim().Split('\n').ShouldHaveSingleItem();
        return error[Prefix.Length..].Trim();
    }
}
