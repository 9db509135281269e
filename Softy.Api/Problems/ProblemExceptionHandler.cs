using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Softy.Api.Stores;

namespace Softy.Api.Problems;

/// <summary>Responds to an exception with a problem.</summary>
internal sealed partial class ProblemExceptionHandler(
    IProblemDetailsService problems,
    ILogger<ProblemExceptionHandler> logger
) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext,
        Exception exception,
        CancellationToken cancellationToken
    )
    {
        var problem = exception switch
        {
            ProblemException known => Describe(known.Status, known.Type, known.Message),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Describe(
                StatusCodes.Status413PayloadTooLarge,
                null,
                "The body is larger than this service accepts."
            ),
            BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => Describe(
                StatusCodes.Status408RequestTimeout,
                null,
                "The body did not arrive in time."
            ),
            BadHttpRequestException bad => Describe(bad.StatusCode, null, null),
            StoreUnavailableException unavailable => Describe(unavailable),
            _ => Describe(
                StatusCodes.Status500InternalServerError,
                null,
                "The service failed. The trace id leads to the reason in the log."
            ),
        };

        if (problem.Status == StatusCodes.Status500InternalServerError)
        {
            LogFailed(exception, httpContext.Request.Method, httpContext.Request.Path);
        }

        httpContext.Response.StatusCode = problem.Status!.Value;
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
        {
            // Random, so that clients do not all retry at the same time.
            httpContext.Response.Headers.RetryAfter = Random.Shared.Next(1, 4).ToString(CultureInfo.InvariantCulture);
        }

        return await problems.TryWriteAsync(
            new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = problem }
        );
    }

    private static ProblemDetails Describe(StoreUnavailableException exception)
    {
        var (type, detail) = exception.Failure switch
        {
            StoreFailure.Busy => (
                ProblemType.Overloaded,
                "This replica handles as many requests as it can. Try again shortly."
            ),
            StoreFailure.OutcomeUnknown => (
                ProblemType.OutcomeUnknown,
                $"{exception.Store} did not answer, so it is unknown whether the request was carried out."
            ),
            StoreFailure.Refused => (
                ProblemType.StoreUnavailable,
                $"{exception.Store} cannot do this right now. Nothing was changed. Try again shortly."
            ),
            _ => (
                ProblemType.StoreUnavailable,
                $"The service cannot reach {exception.Store} right now. Nothing was changed. Try again shortly."
            ),
        };
        return Describe(type.Status, type, detail);
    }

    private static ProblemDetails Describe(int status, ProblemType? type, string? detail) =>
        new()
        {
            Status = status,
            Type = type?.Uri,
            Title = type?.Title,
            Detail = detail,
        };

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed.")]
    private partial void LogFailed(Exception exception, string method, PathString path);
}
