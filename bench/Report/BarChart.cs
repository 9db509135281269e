using System.Globalization;
using System.Net;
using System.Text;
using Softy.Bench.Measuring;

namespace Softy.Bench.Report;

/// <summary>Draws a chart of medians, with the range of all rounds as a line, for light and dark pages.</summary>
internal static class BarChart
{
    private const int Width = 720;
    private const int Left = 150;
    private const int Right = 90;
    private const int RowHeight = 34;
    private const int Top = 44;

    private const string Style = """
        <style>
        text { font: 13px system-ui, sans-serif; fill: #24292f }
        .title { font-weight: 600; font-size: 15px }
        .bar { fill: #8c959f }
        .softy { fill: #0969da }
        .range { stroke: #24292f; stroke-width: 1.5 }
        @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 }
        .bar { fill: #6e7681 }
        .softy { fill: #4493f8 }
        .range { stroke: #e6edf3 }
        }
        </style>
        """;

    public static string Draw(string title, IReadOnlyList<Series> series)
    {
        const int Bars = Width - Left - Right;
        var largest = series.Max(each => each.Highest(sample => sample.PerSecond));
        var height = Top + (series.Count * RowHeight) + 8;
        var label = WebUtility.HtmlEncode(title);
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{height}" viewBox="0 0 {Width} {height}"
              role="img" aria-label="{label}">
            {Style}
            <text class="title" x="8" y="24">{label}</text>

            """
        );
        foreach (var (index, each) in series.Index())
        {
            var y = Top + (index * RowHeight);
            var median = each.Median(sample => sample.PerSecond);
            var width = median / largest * Bars;
            var (low, high) = (
                Left + (each.Lowest(s => s.PerSecond) / largest * Bars),
                Left + (each.Highest(s => s.PerSecond) / largest * Bars)
            );
            var style = index == 0 ? "softy" : "bar";
            svg.Append(
                CultureInfo.InvariantCulture,
                $"""
                <text x="{Left - 8}" y="{y + 17}" text-anchor="end">{WebUtility.HtmlEncode(each.Contestant)}</text>
                <rect class="{style}" x="{Left}" y="{y}" width="{width:0.#}" height="24" rx="2"/>
                <path class="range" d="M{low:0.#} {y + 12}H{high:0.#}M{low:0.#} {y + 8}v8M{high:0.#} {y + 8}v8"/>
                <text x="{Math.Max(Left + width, high) + 6:0.#}" y="{y + 17}">{median:#,0}/s</text>

                """
            );
        }

        return svg.Append("</svg>\n").ToString();
    }
}
