namespace Softy.Api.Schema;

/// <summary>Tells whether the database has the schema that this program needs.</summary>
internal sealed class SchemaState
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the schema is up to date.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Why the schema is not up to date yet.</summary>
    public string PendingReason { get; set; } = "The schema has not been checked yet.";

    public void SetReady() => _ready.TrySetResult();
}
