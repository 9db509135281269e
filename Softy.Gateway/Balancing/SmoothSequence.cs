namespace Softy.Gateway.Balancing;

/// <summary>Computes one full cycle of smooth weighted round robin.</summary>
internal static class SmoothSequence
{
    /// <summary>
    /// Computes the cycle. In each step, every candidate's credit grows by its weight. The candidate with the most
    /// credit is chosen (the first one if several are equal), and the sum of all weights is subtracted from its credit.
    /// </summary>
    /// <param name="weights">One weight for each candidate. None may be negative.</param>
    /// <returns>The indices of the chosen candidates. If all weights are 0, each candidate counts as 1.</returns>
    public static int[] Create(IReadOnlyList<int> weights)
    {
        var divisor = weights.Aggregate(0, GreatestCommonDivisor);
        int[] shares = divisor == 0 ? [.. weights.Select(_ => 1)] : [.. weights.Select(weight => weight / divisor)];
        var total = shares.Sum();

        var credits = new int[shares.Length];
        var sequence = new int[total];
        for (var step = 0; step < total; step++)
        {
            var best = 0;
            for (var i = 0; i < shares.Length; i++)
            {
                credits[i] += shares[i];
                if (credits[i] > credits[best])
                {
                    best = i;
                }
            }

            credits[best] -= total;
            sequence[step] = best;
        }

        return sequence;
    }

    private static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}
