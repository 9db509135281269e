using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>The names of a replica's health in logs and in the status.</summary>
internal static class HealthName
{
    public static string Get(Replica replica) =>
        replica switch
        {
            { IsStopped: true } => "stopped",
            { IsDraining: true } => "draining",
            { Ejection: not null } or { Destination.Health.Active: DestinationHealth.Unhealthy } => "unhealthy",
            { Destination.Health.Active: DestinationHealth.Healthy } => "healthy",
            _ => "unknown",
        };
}
