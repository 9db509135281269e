using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Softy.Api.Http;
using Softy.ServiceDefaults.Telemetry;

namespace Softy.Api.Problems;

/// <summary>
/// Writes problems as <c>application/problem+json</c> whatever the client says it accepts: an error that is told in the
/// wrong format is better than one that is not told.
/// </summary>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
    private const string TraceIdMember = "traceId";

    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (http, problem) = (context.HttpContext, context.ProblemDetails);
        var status = problem.Status ??= http.Response.StatusCode;
        if (problem is HttpValidationProblemDetails)
        {
            problem.Type = ProblemType.Validation.Uri;
            problem.Title = ProblemType.Validation.Title;
        }

        // "about:blank" says that the status code is all there is to know, and has its phrase as title (RFC 9457, 4.2.1).
        problem.Type ??= "about:blank";
        problem.Title ??= ReasonPhrases.GetReasonPhrase(status);
        problem.Extensions[TraceIdMember] = RequestTrace.GetId(http);

        http.Response.StatusCode = status;
        http.Response.ContentType = "application/problem+json";
        var body = problem is HttpValidationProblemDetails validation
            ? JsonSerializer.SerializeToUtf8Bytes(validation, ApiJsonContext.Shared.HttpValidationProblemDetails)
            : JsonSerializer.SerializeToUtf8Bytes(problem, ApiJsonContext.Shared.ProblemDetails);
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
