using Microsoft.AspNetCore.Http.HttpResults;

namespace Softy.Api.Problems;

/// <summary>Describes the kinds of problems, under the URIs that problems carry as their type.</summary>
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
            .WithDescription("The kinds of errors that this API tells apart beyond their status code.");
        group
            .MapGet("/{name}", GetProblemType)
            .WithName("GetProblemType")
            .WithSummary("Describes a kind of problem")
            .WithDescription("Where the member \"type\" of a problem leads to.")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static Results<Ok<ProblemType>, NotFound> GetProblemType(string name) =>
        ProblemType.All.FirstOrDefault(type => type.Name == name) is { } type
            ? TypedResults.Ok(type)
            : TypedResults.NotFound();
}
