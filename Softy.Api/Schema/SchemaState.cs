namespace Softy.Api.Schema;

/// <summary>Whether the database has the schema that this program needs.</summary>
internal sealed class SchemaState
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the schema is there.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Why the schema is not there yet.</summary>
    public string Pending { get; set; } = "The schema has not been looked at yet.";

    public void SetReady() => _ready.TrySetResult();
}
