using System.Text.Json;
using Microsoft.Extensions.Options;
using Softy.Api.Notifications;
using Softy.Api.Stores;
using Softy.Api.Visits;

namespace Softy.Api.Live;

/// <summary>
/// Reads the visit totals while there are readers. When they cannot be read, it tells the readers, so that they do not
/// take the last totals for the current ones.
/// </summary>
internal sealed class VisitFollower(
    LiveFeed feed,
    ChangeNotifications notifications,
    VisitCounter visits,
    IOptions<LiveOptions> options,
    TimeProvider time,
    ILogger<VisitFollower> logger
) : BackgroundService
{
    private static readonly byte[] _unavailable = LiveEvent.CreateFrame("visits-unavailable", "{}"u8);

    /// <summary>The totals that the readers have; null if they have none.</summary>
    private VisitTotals? _published;
    private bool _areUnavailable;

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
        VisitTotals totals;
        try
        {
            totals = await visits.GetAsync(stoppingToken);
        }
        catch (Exception) when (!stoppingToken.IsCancellationRequested)
        {
            PublishUnavailable();
            throw;
        }

        _areUnavailable = false;
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

    private void PublishUnavailable()
    {
        if (!_areUnavailable)
        {
            (_areUnavailable, _published) = (true, null);
            feed.SetVisits(_unavailable);
        }
    }
}
