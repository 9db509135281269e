namespace Softy.Tests.Entry;

/// <summary>What <c>.ci/run</c> prints at its end.</summary>
public sealed class ContinuousIntegrationTests
{
    [Fact]
    public async Task Failures_are_repeated_before_the_counts()
    {
        using var machine = WithResults(
            """
            <UnitTestResult testName="Softy.One" outcome="Passed">
              <Output><StdOut>fine</StdOut></Output>
            </UnitTestResult>
            <UnitTestResult testName="Softy.Two(path: &quot;/&quot;)" outcome="Failed">
              <Output>
                <StdOut>thousands of lines</StdOut>
                <ErrorInfo>
                  <Message>Assert &lt;failed&gt;
            because of this.</Message>
                  <StackTrace>at Softy.Two</StackTrace>
                </ErrorInfo>
              </Output>
            </UnitTestResult>
            <Counters total="2" executed="2" passed="1" failed="1" error="0" timeout="0" aborted="0" />
            """,
            exitCode: 1
        );

        var outcome = await machine.RunAsync(Path.Combine(machine.Repository, ".ci/run"), []);

        outcome.ExitCode.ShouldBe(1);
        outcome
            .OutputLines.TakeLast(4)
            .ShouldBe([
                "failed: Softy.Two(path: \"/\")",
                "    Assert <failed>",
                "    because of this.",
                "1 passed, 1 failed, 0 skipped",
            ]);
    }

    [Fact]
    public async Task Without_failures_only_the_counts_are_printed()
    {
        using var machine = WithResults(
            """
            <UnitTestResult testName="Softy.One" outcome="Passed" />
            <Counters total="1" executed="1" passed="1" failed="0" error="0" timeout="0" aborted="0" />
            """,
            exitCode: 0
        );

        var outcome = await machine.RunAsync(Path.Combine(machine.Repository, ".ci/run"), []);

        outcome.ExitCode.ShouldBe(0);
        outcome.OutputLines.ShouldBe(["1 passed, 0 failed, 0 skipped"]);
    }

    /// <summary>A machine on which <c>dotnet test</c> prints the given results.</summary>
    private static PretendMachine WithResults(string results, int exitCode)
    {
        var machine = PretendMachine.WithEverything().AddContinuousIntegration();
        return machine.AddSdk(
            body: $"""
            case "$*" in
            "test "*)
                mkdir -p '{machine.Repository}/TestResults/ci'
                cat >'{machine.Repository}/TestResults/ci/one.trx' <<'END'
            {results}
            END
                exit {exitCode} ;;
            esac
            """
        );
    }
}
