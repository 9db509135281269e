namespace Softy.Api.Notifications;

/// <summary>
/// Notifies those who follow messages or visits of changes, by this replica and, through Redis, by the others.
/// </summary>
internal sealed class ChangeNotifications : IDisposable
{
    /// <summary>Set when messages may have changed.</summary>
    public Signal Messages { get; } = new();

    /// <summary>Set when visits may have been counted.</summary>
    public Signal Visits { get; } = new();

    /// <summary>Set when visits may have been counted that no snapshot has.</summary>
    public Signal UnsavedVisits { get; } = new();

    /// <summary>Set when this replica has counted visits and the replicas have not been notified yet.</summary>
    public Signal OwnVisits { get; } = new();

    /// <summary>
    /// Notifies this replica that it has committed messages. <c>MessageCache</c> notifies the others.
    /// </summary>
    public void NotifyMessagesChanged() => Messages.Set();

    /// <summary>Notifies all replicas that this one has counted visits.</summary>
    public void NotifyVisitsChanged()
    {
        UnsavedVisits.Set();
        OwnVisits.Set();
    }

    /// <summary>Notifies this replica that any replica may have counted visits.</summary>
    public void ReceiveVisitsChanged()
    {
        UnsavedVisits.Set();
        Visits.Set();
    }

    public void Dispose()
    {
        Messages.Dispose();
        Visits.Dispose();
        UnsavedVisits.Dispose();
        OwnVisits.Dispose();
    }
}
