namespace Softy.Api.Problems;

/// <summary>
/// Ends a request with a problem. For code that cannot return a result, such as the binding of a parameter.
/// </summary>
internal sealed class ProblemException : Exception
{
    public ProblemException(int status, string detail)
        : base(detail) => Status = status;

    public ProblemException(ProblemType type, string detail)
        : base(detail)
    {
        Type = type;
        Status = type.Status;
    }

    public int Status { get; }

    public ProblemType? Type { get; }
}
