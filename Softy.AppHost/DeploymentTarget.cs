namespace Softy.AppHost;

/// <summary>What a published deployment is for.</summary>
internal enum DeploymentTarget
{
    /// <summary>One machine: <c>docker compose up --build</c>.</summary>
    Compose,

    /// <summary>Several machines: <c>docker stack deploy</c>.</summary>
    Swarm,
}
