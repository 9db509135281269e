namespace Softy.Tests.Faults;

/// <summary>The kinds of faults.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL, and a start after a while, as an operator would do it.</summary>
    Kill,

    /// <summary>
    /// SIGSTOP, and SIGCONT after a while: the process keeps its connections and accepts new ones, but answers nothing.
    /// </summary>
    Freeze,

    /// <summary>The restart command of the application model.</summary>
    Restart,
}

/// <summary>A fault of a resource.</summary>
/// <param name="Kind">The kind of fault.</param>
/// <param name="Target">The resource.</param>
/// <param name="Hold">How long it stays dead or frozen.</param>
internal sealed record Fault(FaultKind Kind, string Target, TimeSpan Hold)
{
    public override string ToString() => $"{Kind} {Target}";
}

/// <summary>The order of faults, which depends only on the seed.</summary>
internal static class FaultSchedule
{
    private const int LongestHoldMs = 2000;

    private static readonly string[] _targets = ["api-1", "api-2", "api-3", "web", "redis", "postgres", "gateway"];

    /// <summary>
    /// Draws faults as from a deck of cards, so that every resource gets every kind of fault equally often.
    /// </summary>
    /// <returns>The steps; the faults of one step happen at the same time.</returns>
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

                // A resource can have only one fault at a time.
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
