namespace Softy.Tests.Faults;

/// <summary>What is done to a resource.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL, and started again after a while, as an operator would.</summary>
    Kill,

    /// <summary>
    /// SIGSTOP, and SIGCONT after a while: the process keeps its connections and accepts new ones, but answers nothing.
    /// </summary>
    Freeze,

    /// <summary>The app model's command.</summary>
    Restart,
}

/// <summary>A fault.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Target">To which resource.</param>
/// <param name="Hold">How long it stays dead or frozen.</param>
internal sealed record Fault(FaultKind Kind, string Target, TimeSpan Hold)
{
    public override string ToString() => $"{Kind} {Target}";
}

/// <summary>Which faults come in which order: the same for the same seed.</summary>
internal static class FaultSchedule
{
    private const int LongestHoldMs = 2000;

    private static readonly string[] _targets = ["api-1", "api-2", "api-3", "web", "redis", "postgres", "gateway"];

    /// <summary>Draws faults as from a deck of cards, so that every kind meets every resource as often.</summary>
    /// <returns>The steps: the faults of one step come at once.</returns>
    public static IReadOnlyList<IReadOnlyList<Fault>> Create(int seed, int count)
    {
        var random = new Random(seed);
        var steps = new List<IReadOnlyList<Fault>>();
        var deck = new List<(FaultKind Kind, string Target)>();
        var left = count;
        while (left > 0)
        {
            var size = Math.Min(
                left,
                random.Next(20) switch
                {
                    < 11 => 1,
                    < 17 => 2,
                    _ => 3,
                }
            );
            var step = new List<Fault>();
            while (step.Count < size)
            {
                if (deck.Count == 0)
                {
                    var cards = (
                        from kind in Enum.GetValues<FaultKind>()
                        from target in _targets
                        select (kind, target)
                    ).ToArray();
                    random.Shuffle(cards);
                    deck.AddRange(cards);
                }

                // A resource has one fault at a time.
                var next = deck.FindIndex(card => step.TrueForAll(fault => fault.Target != card.Target));
                if (next < 0)
                {
                    break;
                }

                step.Add(
                    new Fault(
                        deck[next].Kind,
                        deck[next].Target,
                        TimeSpan.FromMilliseconds(random.Next(100, LongestHoldMs))
                    )
                );
                deck.RemoveAt(next);
            }

            steps.Add(step);
            left -= step.Count;
        }

        return steps;
    }
}
