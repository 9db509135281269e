using System.Text.Json;
using Microsoft.Extensions.Options;
using Softy.Api.Http;
using Softy.Api.Stores;
using Softy.Api.Visits;

namespace Softy.Api.Live;

/// <summary>Follows the visit totals while there are readers.</summary>
internal sealed class VisitFollower(
    LiveFeed feed,
    LiveNotices notices,
    VisitCounter visits,
    IOptions<LiveOptions> options,
    TimeProvider time,
    ILogger<VisitFollower> logger
) : BackgroundService
{
    private VisitTotals? _shown;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var persistence = new Persistence("Following the visits", options.Value.PollInterval, time, logger);
        while (true)
        {
            await feed.WaitForReadersAsync(stoppingToken);
            if (await persistence.TryAsync(ShowAsync, stoppingToken))
            {
                await Task.Delay(options.Value.VisitsInterval, time, stoppingToken);
                await notices.Visits.WaitAsync(options.Value.PollInterval, stoppingToken);
            }
        }
    }

    private async Task ShowAsync(CancellationToken stoppingToken)
    {
        var totals = await visits.GetAsync(stoppingToken);
        if (!totals.IsAsBefore(_shown))
        {
            _shown = totals;
            feed.ShowVisits(
                LiveEvent.CreateFrame(
                    "visits",
                    JsonSerializer.SerializeToUtf8Bytes(totals, ApiJsonContext.Shared.VisitTotals)
                )
            );
        }
    }
}
