using Microsoft.AspNetCore.Http.HttpResults;

namespace Softy.Api.Problems;

/// <summary>Describes the kinds of problems, at the URIs that problems have as their type.</summary>
internal static class ProblemEndpoints
{
    public const string Path = "/api/problems";

    public static void MapProblems(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(Path).WithTags("Problems");
        group
            .MapGet("", () => TypedResults.Ok(ProblemType.All))
            .WithName("ListProblemTypes")
            .WithSummary("Lists the kinds of problems")
            .WithDescription("The kinds of errors that share a status code with others.");
        group
            .MapGet("/{name}", GetProblemType)
            .WithName("GetProblemType")
            .WithSummary("Describes a kind of problem")
            .WithDescription("The address that the member \"type\" of a problem has.")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static Results<Ok<ProblemType>, NotFound> GetProblemType(string name) =>
        ProblemType.All.FirstOrDefault(type => type.Name == name) is { } type
            ? TypedResults.Ok(type)
            : TypedResults.NotFound();
}
