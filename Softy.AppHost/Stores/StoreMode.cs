namespace Softy.AppHost.Stores;

/// <summary>How PostgreSQL and Redis run: the option <c>Stores</c>.</summary>
internal enum StoreMode
{
    /// <summary>Containers if a container runtime is running, otherwise processes.</summary>
    Auto,

    /// <summary>Containers that Aspire starts.</summary>
    Container,

    /// <summary>Processes of programs that are installed on this machine.</summary>
    Process,
}
