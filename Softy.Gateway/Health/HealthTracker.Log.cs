namespace Softy.Gateway.Health;

internal sealed partial class HealthTracker
{
    [LoggerMessage(1, LogLevel.Information, "{Cluster}: {Replica} is {Health}.")]
    private partial void LogHealth(string cluster, string replica, string health);

    [LoggerMessage(
        2,
        LogLevel.Warning,
        "{Cluster}: {Replica} failed {Failures} requests in a row and is ejected for {Duration}."
    )]
    private partial void LogEjected(string cluster, string replica, int failures, TimeSpan duration);

    [LoggerMessage(3, LogLevel.Information, "{Cluster}: {Replica} has recovered and takes requests again.")]
    private partial void LogReinstated(string cluster, string replica);

    [LoggerMessage(
        4,
        LogLevel.Warning,
        "{Cluster}: the server at the address of {Replica} reports the service {Service}, so it gets no requests. "
            + "If it is a replica, set its Instance:Service to {Cluster}."
    )]
    private partial void LogWrongService(string cluster, string replica, string service);
}
