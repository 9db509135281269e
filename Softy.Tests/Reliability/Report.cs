using System.Globalization;
using System.Text;

namespace Softy.Tests.Reliability;

/// <summary>
/// The measurements of a test, as a table. It is written to the test's output, and to the file in the environment
/// variable <c>SOFTY_FAULTS_REPORT</c>, between the two comments with the section's name.
/// </summary>
internal sealed class Report(string section, params string[] columns)
{
    private static readonly Lock _file = new();

    private readonly List<string[]> _rows = [];
    private readonly List<string> _notes = [];

    /// <summary>A quantile of durations.</summary>
    /// <param name="sorted">The durations in milliseconds, in ascending order.</param>
    /// <param name="quantile">From 0 to 1.</param>
    public static string Quantile(double[] sorted, double quantile) =>
        string.Create(CultureInfo.InvariantCulture, $"{sorted[(int)((sorted.Length - 1) * quantile)]:F1} ms");

    public void Row(params object[] values) =>
        _rows.Add([.. values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)!)]);

    /// <summary>A sentence below the table.</summary>
    public void Note(string sentence) => _notes.Add(sentence);

    public void Write()
    {
        var table = ToString();
        TestContext.Current.TestOutputHelper?.WriteLine(table);
        if (Environment.GetEnvironmentVariable("SOFTY_FAULTS_REPORT") is not { Length: > 0 } path)
        {
            return;
        }

        lock (_file)
        {
            var text = File.ReadAllText(path);
            var begin = $"<!-- {section} -->\n";
            var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
            var to = text.IndexOf($"<!-- end of {section} -->", StringComparison.Ordinal);
            if (from < begin.Length || to < from)
            {
                throw new InvalidOperationException($"{path} has no place for the section '{section}'.");
            }

            File.WriteAllText(path, $"{text[..from]}\n{table}\n{text[to..]}");
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        Line(columns);
        Line([.. columns.Select(_ => "---")]);
        _rows.ForEach(Line);
        foreach (var note in _notes)
        {
            text.Append('\n').Append(note).Append('\n');
        }

        return text.ToString();

        void Line(string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }
}
