using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Softy.Api.Instances;
using Softy.Api.Live;
using Softy.Api.Messages;
using Softy.Api.Problems;
using Softy.Api.Visits;

namespace Softy.Api.Http;

/// <summary>The source-generated JSON contracts of the API, in camel case, with strict reading.</summary>
[JsonSerializable(typeof(CreatedMessage))]
[JsonSerializable(typeof(DeletedMessage))]
[JsonSerializable(typeof(HttpValidationProblemDetails))]
[JsonSerializable(typeof(InstanceInfo))]
[JsonSerializable(typeof(IReadOnlyList<ProblemType>))]
[JsonSerializable(typeof(MessagePage))]
[JsonSerializable(typeof(NewMessage))]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(VisitTotals))]
internal sealed partial class ApiJsonContext : JsonSerializerContext
{
    public static JavaScriptEncoder Encoder { get; } = new UnicodeJsonEncoder();

    /// <summary>The context for code that reads or writes JSON without the framework.</summary>
    public static ApiJsonContext Shared { get; } =
        new(
            new JsonSerializerOptions(JsonSerializerDefaults.Web)
            {
                AllowDuplicateProperties = false,
                Encoder = Encoder,
                NumberHandling = JsonNumberHandling.Strict,
            }
        );
}
