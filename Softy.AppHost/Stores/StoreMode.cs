namespace Softy.AppHost.Stores;

/// <summary>What PostgreSQL and Redis run as: the setting <c>Stores</c>.</summary>
internal enum StoreMode
{
    /// <summary>Containers where a container runtime answers, processes otherwise.</summary>
    Auto,

    /// <summary>Containers, as Aspire starts them.</summary>
    Container,

    /// <summary>Processes of this machine's own programs.</summary>
    Process,
}
