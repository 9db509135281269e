namespace Softy.Gateway.Balancing;

/// <summary>One full cycle of smooth weighted round robin.</summary>
internal static class SmoothSequence
{
    /// <summary>
    /// Lays the cycle out: each step adds every weight to its candidate's credit, takes the candidate with the most
    /// credit, the first among equals, and takes the sum of the weights from it.
    /// </summary>
    /// <param name="weights">One weight for each candidate, none negative.</param>
    /// <returns>Indices of candidates. When every weight is 0, they all count as 1.</returns>
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
