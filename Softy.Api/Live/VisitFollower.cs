using System.Text.Json;
using Microsoft.Extensions.Options;
using Softy.Api.Notifications;
using Softy.Api.Stores;
using Softy.Api.Visits;

namespace Softy.Api.Live;

/// <summary>Reads the visit totals while there are readers.</summary>
internal sealed class VisitFollower(
    LiveFeed feed,
    ChangeNotifications notifications,
    VisitCounter visits,
    IOptions<LiveOptions> options,
    TimeProvider time,
    ILogger<VisitFollower> logger
) : BackgroundService
{
    private VisitTotals? _published;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = new BackgroundRetry("Following the visits", options.Value.PollInterval, time, logger);
        while (true)
        {
            await feed.WaitForReadersAsync(stoppingToken);
            if (await retry.TryAsync(PublishTotalsAsync, stoppingToken))
            {
                await Task.Delay(options.Value.VisitsInterval, time, stoppingToken);
                await notifications.Visits.WaitAsync(options.Value.PollInterval, stoppingToken);
            }
        }
    }

    private async Task PublishTotalsAsync(CancellationToken stoppingToken)
    {
        var totals = await visits.GetAsync(stoppingToken);
        if (!totals.HasSameCountsAs(_published))
        {
            _published = totals;
            feed.SetVisits(
                LiveEvent.CreateFrame(
                    "visits",
                    JsonSerializer.SerializeToUtf8Bytes(totals, VisitJsonContext.Shared.VisitTotals)
                )
            );
        }
    }
}
