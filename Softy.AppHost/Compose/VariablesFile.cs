using System.Text;
using System.Text.RegularExpressions;

namespace Softy.AppHost.Compose;

/// <summary>
/// The <c>.env</c> file of a deployment, which the user can edit. Existing lines are preserved byte by byte, including
/// comments, quotes, line ends and order. A line changes only if its key has no value, or if its secret is rotated.
/// </summary>
internal sealed partial class VariablesFile
{
    private readonly List<string> _lines;
    private readonly string _newLine;

    private VariablesFile(string text)
    {
        _lines = [.. Line().Matches(text).Select(match => match.Value)];
        _newLine = _lines is [var first, ..] && first.EndsWith("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
    }

    // Latin-1 maps each byte to one character, so that files in any encoding are preserved.
    private static Encoding Bytes => Encoding.Latin1;

    /// <summary>Reads a file. A missing file counts as empty.</summary>
    public static async Task<VariablesFile> ReadAsync(string path, CancellationToken cancellationToken) =>
        new(File.Exists(path) ? Bytes.GetString(await File.ReadAllBytesAsync(path, cancellationToken)) : string.Empty);

    /// <summary>Writes the file so that only its owner can read it.</summary>
    public Task WriteAsync(string path, CancellationToken cancellationToken) =>
        AtomicFile.WriteAsync(path, Bytes.GetBytes(string.Concat(_lines)), isPrivate: true, cancellationToken);

    /// <summary>Whether a key has a value.</summary>
    public bool Has(string key) => Assignments(key).Any(assignment => assignment.Value.Length > 0);

    /// <summary>Sets the value of a key that has none, with a comment before a new line.</summary>
    public void Add(string key, string value, string description) =>
        Add(key, () => Quote(value), description, rotate: false);

    /// <summary>Sets the value of a key that has none, or replaces the value if it is rotated.</summary>
    public void Add(string key, Func<string> create, string description, bool rotate)
    {
        var assignments = Assignments(key).ToArray();
        if (assignments.Length == 0)
        {
            Append($"# {description}", $"{key}={create()}");
            return;
        }

        if (rotate || assignments.All(assignment => assignment.Value.Length == 0))
        {
            var value = create();
            foreach (var (index, old) in assignments)
            {
                var line = _lines[index];
                var rest = line[(old.Index + old.Length)..];
                _lines[index] = $"{line[..old.Index]}{value}{(rest.StartsWith('#') ? " " : "")}{rest}";
            }
        }
    }

    /// <summary>Adds an unused key as a comment, with an example value.</summary>
    public void Suggest(string key, string value, string description)
    {
        if (!Assignments(key).Any() && _lines.TrueForAll(line => Suggestion().Match(line).Groups["key"].Value != key))
        {
            Append($"# {description}", $"#{key}={value}");
        }
    }

    private void Append(params string[] added)
    {
        if (_lines is [.., var last])
        {
            _lines[^1] = last.EndsWith('\n') ? last : last + _newLine;
            _lines.Add(_newLine);
        }

        _lines.AddRange(added.Select(line => new string([.. Bytes.GetChars(Encoding.UTF8.GetBytes(line))]) + _newLine));
    }

    // Quoted values can have several lines. Text in them that looks like a key is skipped.
    private IEnumerable<(int Index, Group Value)> Assignments(string key)
    {
        char? open = null;
        for (var i = 0; i < _lines.Count; i++)
        {
            if (open is { } quote)
            {
                open = FindClosingQuote(_lines[i], 0, quote) < 0 ? quote : null;
                continue;
            }

            if (Assignment().Match(_lines[i]) is not { Success: true } match)
            {
                continue;
            }

            if (match.Groups["key"].Value == key)
            {
                yield return (i, match.Groups["value"]);
            }

            if (
                match.Groups["quote"] is { Success: true, Index: var index }
                && FindClosingQuote(_lines[i], index + 1, _lines[i][index]) < 0
            )
            {
                open = _lines[i][index];
            }
        }
    }

    private static int FindClosingQuote(string line, int from, char quote)
    {
        for (var i = from; i < line.Length; i++)
        {
            if (line[i] == quote)
            {
                return i;
            }

            i += line[i] == '\\' && quote == '"' ? 1 : 0;
        }

        return -1;
    }

    // Parameters can contain any text. Quotes keep parsers from reading comments or variables in it.
    private static string Quote(string value) =>
        Plain().IsMatch(value) ? value
        : value.IndexOfAny(['\'', '\r', '\n']) < 0 ? $"'{value}'"
        : throw new PublishException("A value with a single quote or a line end cannot be written to .env.");

    [GeneratedRegex("[^\n]*\n|[^\n]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();

    // The first three characters are a byte order mark, which some editors write.
    [GeneratedRegex(
        """
            ^(?:\xEF\xBB\xBF)? \s* (?:export\s+)? (?<key>[A-Za-z_][A-Za-z0-9_.-]*) [ \t]* = [ \t]*
            (?: (?<quote>["']) (?<value>(?: \\. | (?!\k<quote>)[^\\\r\n] )*)
              | (?<value>(?!["'])(?: [^\s#] | (?<![ \t])\# | [ \t]+(?![#\s]) )*) )
            """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^\s*#\s*(?<key>\w+)=", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Suggestion();

    [GeneratedRegex("^[A-Za-z0-9_./:@%+,=-]*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Plain();
}
