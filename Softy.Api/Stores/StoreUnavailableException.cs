namespace Softy.Api.Stores;

/// <summary>A store has not done what it was asked for, and may well do it later.</summary>
internal sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException(
        string store,
        StoreTrouble trouble,
        string reason,
        Exception? innerException = null
    )
        : base($"{store} is not available: {reason}", innerException)
    {
        Store = store;
        Trouble = trouble;
    }

    public string Store { get; }

    public StoreTrouble Trouble { get; }

    /// <summary>Whether the store itself is the trouble: the others need not ask it, too.</summary>
    public static bool TellsDown(Exception? exception) =>
        exception is StoreUnavailableException { Trouble: StoreTrouble.Down or StoreTrouble.OutcomeUnknown };
}

/// <summary>Why a store has not done what it was asked for.</summary>
internal enum StoreTrouble
{
    /// <summary>It cannot be reached, or does not answer. Nothing was changed.</summary>
    Down,

    /// <summary>It answers, and cannot do this now: it is read-only, has no room, or took too long. Nothing was changed.</summary>
    Refused,

    /// <summary>It was not asked: this replica has as many questions under way as it may. Nothing was changed.</summary>
    Busy,

    /// <summary>It was asked for a change and has not said whether the change was made.</summary>
    OutcomeUnknown,
}
