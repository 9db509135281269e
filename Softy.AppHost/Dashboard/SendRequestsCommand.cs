using System.Globalization;
using System.Text;

namespace Softy.AppHost.Dashboard;

/// <summary>The gateway's dashboard command that shows how requests are distributed over the replicas.</summary>
internal static class SendRequestsCommand
{
    /// <summary>The name of the command for <c>aspire resource gateway send-100</c> and tests.</summary>
    public const string Name = "send-100";

    private const int Requests = 100;
    private const string InstanceHeader = "X-Softy-Instance";

    /// <summary>Adds the command.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithSendRequestsCommand(
        this IResourceBuilder<ProjectResource> gateway
    )
    {
        var endpoint = gateway.GetEndpoint("http");
        return gateway.WithCommand(
            Name,
            "Send 100 requests",
            context => SendAsync(new Uri(endpoint.Url), context.CancellationToken),
            new CommandOptions
            {
                Description =
                    "Sends 100 requests to /api/hello, one after the other, and counts which replica answered.",
                IconName = "Send",
                IsHighlighted = true,
                UpdateState = RunningOnly,
            }
        );
    }

    /// <summary>Enables a command while its resource runs.</summary>
    /// <param name="context">The resource's state.</param>
    /// <returns>The state of the command.</returns>
    public static ResourceCommandState RunningOnly(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text == KnownResourceStates.Running
            ? ResourceCommandState.Enabled
            : ResourceCommandState.Disabled;

    private static async Task<ExecuteCommandResult> SendAsync(Uri address, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var n = 0; n < Requests; n++)
        {
            using var response = await client.GetAsync("/api/hello", cancellationToken);
            var answer =
                response.IsSuccessStatusCode && response.Headers.TryGetValues(InstanceHeader, out var names)
                    ? names.First()
                    : ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
            counts[answer] = counts.GetValueOrDefault(answer) + 1;
        }

        var table = new StringBuilder("| answered by | requests |\n| --- | ---: |\n");
        foreach (var (name, count) in counts)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {name} | {count} |\n");
        }

        return CommandResults.Success(
            string.Join(", ", counts.Select(count => $"{count.Key}: {count.Value}")),
            table.ToString(),
            CommandResultFormat.Markdown,
            displayImmediately: true
        );
    }
}
