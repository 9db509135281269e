using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Softy.ServiceDefaults.Telemetry;

namespace Softy.Api.Problems;

/// <summary>
/// Writes problems as <c>application/problem+json</c> whatever the client accepts, because an error in another format
/// is better than an empty response.
/// </summary>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
    public const string ContentType = "application/problem+json";

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

        // "about:blank" means that there is no more than the status code, whose phrase is the title (RFC 9457, 4.2.1).
        problem.Type ??= "about:blank";
        problem.Title ??= ReasonPhrases.GetReasonPhrase(status);
        problem.Extensions[TraceIdMember] = RequestTrace.GetId(http);

        http.Response.StatusCode = status;
        http.Response.ContentType = ContentType;
        var body = problem is HttpValidationProblemDetails validation
            ? JsonSerializer.SerializeToUtf8Bytes(validation, ProblemJsonContext.Shared.HttpValidationProblemDetails)
            : JsonSerializer.SerializeToUtf8Bytes(problem, ProblemJsonContext.Shared.ProblemDetails);
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
