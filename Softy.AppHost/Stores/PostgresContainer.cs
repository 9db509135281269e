namespace Softy.AppHost.Stores;

/// <summary>What PostgreSQL's container needs beyond what Aspire says of it.</summary>
internal static class PostgresContainer
{
    /// <summary>
    /// Makes a stop quick: PostgreSQL takes SIGTERM, which the container runtime would send, for "wait until every client
    /// has left", and is killed after 10 seconds of that. SIGINT ends the clients' sessions and writes everything down.
    /// </summary>
    /// <param name="postgres">The server.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PostgresServerResource> RunAsContainer(this IResourceBuilder<PostgresServerResource> postgres) =>
        postgres.WithContainerRuntimeArgs("--stop-signal", "SIGINT");
}
