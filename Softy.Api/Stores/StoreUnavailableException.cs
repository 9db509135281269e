namespace Softy.Api.Stores;

/// <summary>A store did not answer, or not in time. What it holds is not lost: the request may be tried again.</summary>
internal sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException(string store, string reason, Exception? innerException = null)
        : base($"{store} is not available: {reason}", innerException)
    {
        Store = store;
    }

    public string Store { get; }
}
