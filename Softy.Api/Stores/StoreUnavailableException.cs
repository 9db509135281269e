namespace Softy.Api.Stores;

/// <summary>A store could not carry out an operation now. The same operation may succeed later.</summary>
internal sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException(
        string store,
        StoreFailure failure,
        string reason,
        Exception? innerException = null
    )
        : base($"{store} is not available: {reason}", innerException)
    {
        Store = store;
        Failure = failure;
    }

    public string Store { get; }

    public StoreFailure Failure { get; }

    /// <summary>Whether the failure means that the store is down, so that the circuit breaker counts it.</summary>
    public static bool IsStoreDown(Exception? exception) =>
        exception is StoreUnavailableException { Failure: StoreFailure.Down or StoreFailure.OutcomeUnknown };
}

/// <summary>Why a store could not carry out an operation.</summary>
internal enum StoreFailure
{
    /// <summary>The store cannot be reached or does not answer. Nothing was changed.</summary>
    Down,

    /// <summary>
    /// The store answers but refuses: it is read-only, full, or canceled the statement. Nothing was changed.
    /// </summary>
    Refused,

    /// <summary>The operation was not sent, because this replica has reached its limit. Nothing was changed.</summary>
    Busy,

    /// <summary>The store got a change and did not answer. It may have made the change.</summary>
    OutcomeUnknown,
}
