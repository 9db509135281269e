using System.Text.Json;
using Microsoft.Playwright;

namespace Softy.Tests.Web;

/// <summary>The accessibility rules of axe.</summary>
internal static class Axe
{
    /// <summary>Checks the page as it is now.</summary>
    /// <returns>The violations of each rule.</returns>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(IPage page)
    {
        var rules = Path.Combine(AppContext.BaseDirectory, "axe.min.js");
        if (!File.Exists(rules))
        {
            throw new FileNotFoundException(
                "axe-core is missing. Run 'npm ci' in Softy.Tests/Web/axe and build again.",
                rules
            );
        }

        await page.EvaluateAsync(await File.ReadAllTextAsync(rules, Cancellation));
        var violations = await page.EvaluateAsync<JsonElement>(
            """
            async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
              .map(({ id, nodes }) =>
               `${id}: ${nodes.map(node => `${node.target} ${node.failureSummary}`).join(" | ")}`)
            """
        );

        return [.. violations.EnumerateArray().Select(violation => violation.GetString()!)];
    }
}
