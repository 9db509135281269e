using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Softy.Api.Problems;

namespace Softy.Api.Documentation;

/// <summary>Creates examples of problems.</summary>
internal static class ProblemExample
{
    public static JsonObject Create(int status, ProblemType? type)
    {
        var example = new JsonObject
        {
            ["type"] = type?.Uri ?? "about:blank",
            ["title"] = type?.Title ?? ReasonPhrases.GetReasonPhrase(status),
            ["status"] = status,
        };
        if (type == ProblemType.Validation)
        {
            example["errors"] = new JsonObject { ["author"] = new JsonArray("Author is required.") };
        }

        example["traceId"] = "0af7651916cd43dd8448eb211c80319c";
        return example;
    }
}
