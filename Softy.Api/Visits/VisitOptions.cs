using Softy.ServiceDefaults.Configuration;

namespace Softy.Api.Visits;

/// <summary>Settings of the visit counter. Read from the configuration section <c>Visits</c>.</summary>
internal sealed class VisitOptions
{
    public const string SectionName = "Visits";

    /// <summary>
    /// How often the counts are copied from Redis to PostgreSQL while visits are counted. Otherwise they are compared
    /// after ten intervals, in case a notification was lost.
    /// </summary>
    [Duration("00:00:00.050", "01:00:00", ErrorMessage = "Visits:SnapshotInterval must be between 50 ms and 1 h.")]
    public TimeSpan SnapshotInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a replica may be without a heartbeat before its visits are merged into those of "earlier replicas".
    /// This keeps the list short, because each new container has a new name.
    /// </summary>
    [Duration("00:00:01", "30.00:00:00", ErrorMessage = "Visits:ForgetAfter must be between 1 s and 30 d.")]
    public TimeSpan ForgetAfter { get; set; } = TimeSpan.FromHours(1);
}
