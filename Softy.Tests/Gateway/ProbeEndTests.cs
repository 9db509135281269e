using Microsoft.Extensions.DependencyInjection;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>A gateway that stops ends all probing, whatever the order in which it is told to end.</summary>
public sealed class ProbeEndTests
{
    [Fact]
    public async Task All_probing_ends_with_the_gateway_when_the_end_of_one_loop_takes_long()
    {
        using var clock = new HeldClock();
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(
            [backends[0].Url],
            [("Gateway:Health:Active:Interval", $"{HeldClock.Interval}")],
            services => services.AddSingleton<TimeProvider>(clock)
        );
        // One for the replica, and one for the web site.
        await Eventually.Async(() => clock.Pauses == 2, "both loops wait for their next probe");

        clock.Holds = true;
        await gateway.StopAsync();

        clock.AllEnded.ShouldBeTrue();
    }

    /// <summary>A clock by which the end of the first pause between probes takes until the second ends.</summary>
    private sealed class HeldClock : TimeProvider, IDisposable
    {
        public static readonly TimeSpan Interval = TimeSpan.FromMinutes(59); // no other timer of the gateway has it

        private readonly CountdownEvent _ends = new(2);
        private int _pauses;

        public int Pauses => Volatile.Read(ref _pauses);

        public bool Holds { get; set; }

        public bool AllEnded => _ends.IsSet;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime != Interval)
            {
                return timer;
            }

            Interlocked.Increment(ref _pauses);
            return new Pause(this, timer);
        }

        public void Dispose() => _ends.Dispose();

        private sealed class Pause(HeldClock clock, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

            public void Dispose()
            {
                timer.Dispose();
                if (clock.Holds)
                {
                    clock._ends.Signal();
                    clock._ends.Wait(TimeSpan.FromSeconds(10));
                }
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
