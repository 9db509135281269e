namespace Softy.Tests.Entry;

/// <summary>The result of a run of the entry script.</summary>
internal sealed record Outcome(int ProcessId, int ExitCode, string Output, string Error)
{
    public string[] OutputLines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
