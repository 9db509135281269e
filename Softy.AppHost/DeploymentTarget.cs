namespace Softy.AppHost;

/// <summary>The kind of deployment that is published.</summary>
internal enum DeploymentTarget
{
    /// <summary>Docker Compose on one machine: <c>docker compose up --build</c>.</summary>
    Compose,

    /// <summary>Docker Swarm on several machines: <c>docker stack deploy</c>.</summary>
    Swarm,
}
