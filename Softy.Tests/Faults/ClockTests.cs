using Softy.Tests.Application;
using Softy.Tests.Reliability;

namespace Softy.Tests.Faults;

/// <summary>
/// The clocks of the services are set forward and back by hours, while clients of every kind send requests.
/// </summary>
[Trait("Category", "Faults")]
public sealed class ClockTests(ClockApp softy) : ApplicationTest(softy), IClassFixture<ClockApp>
{
    private const int MostHours = 11;

    /// <summary>Far less than the offset of any clock, and far more than the duration of a request.</summary>
    private static readonly TimeSpan _tolerance = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, (int Alone, int Together, int Dead)> _jumps = ClockApp.Resources.ToDictionary(
        resource => resource,
        _ => (0, 0, 0),
        StringComparer.Ordinal
    );
    private readonly Random _random = new(Scale.Seed);

    private ClockApp Clocked => (ClockApp)Softy;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_whatever_the_clocks_say()
    {
        await using var run = new FaultRun(Clocked);
        await run.StartAsync();
        var rounds = Scale.Of(1, 3);
        for (var round = 0; round < rounds; round++)
        {
            await JumpAloneAsync(run);
            await JumpTogetherAsync(run);
            await JumpBackWithoutAsync(run, "postgres");
            await JumpBackWithoutAsync(run, "redis");
        }

        var findings = await run.FinishAsync();

        Write(run, findings);
        findings.ShouldBeEmpty($"seed {Scale.Seed}:{Environment.NewLine}{string.Join(Environment.NewLine, findings)}");
    }

    private async Task JumpAloneAsync(FaultRun run)
    {
        var resources = ClockApp.Resources.ToArray();
        _random.Shuffle(resources);
        foreach (var resource in resources.Take(Scale.Of(2, resources.Length)))
        {
            var hours = Draw();
            await run.ApplyAsync(
                $"the clock of {resource} was set to {hours:+0;-0} h",
                () => SetAsync([resource], hours)
            );
            _jumps[resource] = _jumps[resource] with { Alone = _jumps[resource].Alone + 1 };
        }
    }

    private async Task JumpTogetherAsync(FaultRun run)
    {
        foreach (var hours in (int[])[_random.Next(1, MostHours), -_random.Next(1, MostHours)])
        {
            await run.ApplyAsync($"all clocks were set to {hours:+0;-0} h", () => SetAsync(ClockApp.Resources, hours));
            foreach (var resource in ClockApp.Resources)
            {
                _jumps[resource] = _jumps[resource] with { Together = _jumps[resource].Together + 1 };
            }
        }
    }

    /// <summary>
    /// Sets the clocks of the replicas back while a store is down: the replicas must not wait for hours because of
    /// that.
    /// </summary>
    private async Task JumpBackWithoutAsync(FaultRun run, string store)
    {
        await SetAsync(FaultRun.Replicas, MostHours);
        await run.ApplyAsync(
            $"the clocks of the replicas were set back while {store} was down",
            async () =>
            {
                await Clocked.KillAsync(store, Cancellation);
                await run.Traffic.HasSentAsync(100, Cancellation);
                await SetAsync(FaultRun.Replicas, -MostHours);
                await Softy.CommandAsync(store, KnownResourceCommands.StartCommand, Cancellation);
            },
            new Fault(FaultKind.Kill, store, TimeSpan.Zero)
        );
        foreach (var resource in FaultRun.Replicas)
        {
            _jumps[resource] = _jumps[resource] with { Dead = _jumps[resource].Dead + 1 };
        }
    }

    private async Task SetAsync(string[] resources, int hours)
    {
        foreach (var resource in resources)
        {
            Clocked.Clocks.Set(resource, TimeSpan.FromHours(hours));
        }

        foreach (var resource in resources)
        {
            await Eventually.Async(
                async () =>
                    (await ReadAsync(resource) - DateTimeOffset.UtcNow - TimeSpan.FromHours(hours)).Duration()
                    < _tolerance,
                $"the clock of {resource} is {hours:+0;-0} h off"
            );
        }
    }

    private int Draw() => _random.Next(1, MostHours) * (_random.Next(2) == 0 ? -1 : 1);

    private async Task<DateTimeOffset> ReadAsync(string resource)
    {
        using var client = new HttpClient { BaseAddress = App.GetEndpoint(resource, "http") };
        using var response = await client.GetAsync("/alive", Cancellation);
        return response.Headers.Date!.Value;
    }

    private void Write(FaultRun run, IReadOnlyList<string> findings)
    {
        var report = new Report(
            "clocks",
            "clock of",
            "set alone",
            "set with all others",
            "set back while a store was down"
        );
        foreach (var (resource, (alone, together, dead)) in _jumps)
        {
            report.Row(resource, alone, together, dead);
        }

        report.Note($"By up to {MostHours} hours, forward and back; seed {Scale.Seed}.");
        report.Note(run.Account(findings));
        report.Write();
    }
}
