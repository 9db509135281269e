using System.Globalization;

namespace Softy.Bench;

/// <summary>The options on the command line.</summary>
/// <param name="Quick">Whether to run only the most important workloads, in less than two minutes.</param>
/// <param name="Output">The folder to write the report to; null to print it.</param>
/// <param name="Rounds">How many times each contestant is measured on each workload.</param>
/// <param name="Seconds">How long each measurement takes.</param>
/// <param name="Native">The folder of the native programs.</param>
internal sealed record BenchOptions(bool Quick, string? Output, int Rounds, int Seconds, string Native)
{
    /// <summary>Parses the arguments.</summary>
    /// <returns>
    /// The options; null when the arguments are invalid, with the reason in <paramref name="error"/>.
    /// </returns>
    public static BenchOptions? Read(string[] args, out string error)
    {
        error = "";
        var quick = false;
        string? output = null;
        var native = Path.Combine(".softy", "native");
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
                case "--native" when value is { Length: > 0 }:
                    native = value;
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
                        $"'{args[i]}' is not a valid option. The options are --quick, --output FOLDER, "
                        + "--native FOLDER, --rounds 1-20 and --seconds 1-60.";
                    return null;
            }
        }

        return new BenchOptions(quick, output, rounds ?? 3, seconds ?? (quick ? 2 : 3), Path.GetFullPath(native));
    }
}
