namespace Aspire.Hosting;

/// <summary>How an application is built. Stands for Aspire's class of that name.</summary>
public sealed class DistributedApplicationOptions
{
    /// <summary>The command line arguments.</summary>
    public string[]? Args { get; set; }

    /// <summary>The name of the AppHost's assembly; the entry assembly's if null.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>Whether the dashboard is left out.</summary>
    public bool DisableDashboard { get; set; }

    /// <summary>Whether what resources write goes to the host's own log, too.</summary>
    public bool EnableResourceLogging { get; set; }

    /// <summary>Whether the resource service and the dashboard may use plain HTTP.</summary>
    public bool AllowUnsecuredTransport { get; set; }
}

/// <summary>What an application is built for. Stands for Aspire's enumeration of that name.</summary>
public enum DistributedApplicationOperation
{
    /// <summary>To run here.</summary>
    Run,

    /// <summary>To write the files of a deployment.</summary>
    Publish,
}

/// <summary>What an application is built for. Stands for Aspire's class of that name.</summary>
/// <param name="operation">Run or publish.</param>
public sealed class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    /// <summary>Run or publish.</summary>
    public DistributedApplicationOperation Operation { get; } = operation;

    /// <summary>Whether files of a deployment are written.</summary>
    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;

    /// <summary>Whether the application runs here.</summary>
    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;
}

/// <summary>The application cannot do what it is asked for. Stands for Aspire's class of that name.</summary>
public class DistributedApplicationException : Exception
{
    /// <summary>Makes one without words.</summary>
    public DistributedApplicationException()
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">What, where and what to do.</param>
    public DistributedApplicationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">What, where and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public DistributedApplicationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
