using System.Globalization;

namespace Softy.Bench;

/// <summary>What the command line asks for.</summary>
/// <param name="Quick">Whether only the headline workloads are run, in less than two minutes.</param>
/// <param name="Output">The folder that gets the report; none with <paramref name="Quick"/>, whose figures are only printed.</param>
/// <param name="Rounds">How often each contestant is measured on each workload.</param>
/// <param name="Seconds">How long each measurement takes.</param>
internal sealed record BenchOptions(bool Quick, string? Output, int Rounds, int Seconds)
{
    /// <summary>Reads the arguments.</summary>
    /// <returns>The options; nothing when the arguments are wrong, which <paramref name="error"/> then says.</returns>
    public static BenchOptions? Read(string[] args, out string error)
    {
        error = "";
        var quick = false;
        string? output = null;
        int? rounds = null,
            seconds = null;
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--quick":
                    quick = true;
                    break;
                case "--output" when value is { Length: > 0 }:
                    output = value;
                    i++;
                    break;
                case "--rounds"
                    when int.TryParse(value, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 20:
                    rounds = number;
                    i++;
                    break;
                case "--seconds"
                    when int.TryParse(value, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 60:
                    seconds = number;
                    i++;
                    break;
                default:
                    error =
                        $"'{args[i]}' is not understood. Known are --quick, --output FOLDER, --rounds 1-20 and --seconds 1-60.";
                    return null;
            }
        }

        return new BenchOptions(quick, output, rounds ?? 3, seconds ?? (quick ? 2 : 3));
    }
}
