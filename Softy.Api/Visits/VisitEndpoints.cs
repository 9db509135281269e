using Microsoft.AspNetCore.Http.HttpResults;
using Softy.Api.Documentation;
using Softy.Api.Http;
using Softy.Api.Json;
using Softy.Api.Notifications;
using Softy.Api.Problems;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Api.Visits;

/// <summary>The visit counter.</summary>
internal static class VisitEndpoints
{
    public static void AddVisits(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<VisitOptions>(
            VisitOptions.SectionName,
            static (section, options) => section.Bind(options)
        );
        builder.Services.AddSingleton<VisitSnapshotStore>();
        builder.Services.AddSingleton<VisitCounter>();
        builder.Services.AddHostedService<VisitSnapshotService>();
        builder.Services.AddHostedService<ReplicaHeartbeatService>();
        builder.Services.AddJsonContext(VisitJsonContext.Default);
        builder.Services.DescribeSchema<VisitTotals>(schema => schema.Property("total").Minimum = "0");
    }

    public static void MapVisits(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/visits").WithTags("Visits").WithProblems(ProblemType.StoreUnavailable);

        group
            .MapGet("", GetVisits)
            .WithName("GetVisits")
            .WithSummary("The number of visits")
            .WithDescription(
                "In total and by replica, as of the same moment, so that the parts always add up to the total."
            )
            .WithExample("""{ "total": 7, "instances": { "api-1": 3, "api-2": 2, "api-3": 2 } }""");
        group
            .MapPost("", CountVisit)
            .WithName("CountVisit")
            .WithSummary("Counts a visit")
            .WithDescription(
                $"The response has the totals after this visit. With an {ApiHeaders.IdempotencyKey}, for example "
                    + "a UUID, the request can be repeated without counting a second visit: for 24 hours a repeated "
                    + "key is counted once, and the response has the current totals."
            )
            .WithRequestHeader(
                ApiHeaders.IdempotencyKey,
                "Identifies this request, so that it can be repeated without counting a second visit.",
                "5f0c7a1e-3b1d-4c58-9d0e-6a3c1f1b7e52"
            )
            .WithProblems(ProblemType.Validation, ProblemType.OutcomeUnknown)
            .WithExample("""{ "total": 8, "instances": { "api-1": 3, "api-2": 3, "api-3": 2 } }""");
    }

    private static async Task<Ok<VisitTotals>> GetVisits(VisitCounter visits, CancellationToken cancellationToken) =>
        TypedResults.Ok(await visits.GetAsync(cancellationToken));

    private static async Task<Results<Ok<VisitTotals>, ValidationProblem>> CountVisit(
        HttpRequest request,
        VisitCounter visits,
        ChangeNotifications notifications,
        CancellationToken cancellationToken
    )
    {
        if (!IdempotencyKey.TryParse(request.Headers[ApiHeaders.IdempotencyKey], out var key))
        {
            return TypedResults.ValidationProblem([new(ApiHeaders.IdempotencyKey, IdempotencyKey.Error)]);
        }

        var totals = await visits.IncrementAsync(key, cancellationToken);
        notifications.NotifyVisitsChanged();
        return TypedResults.Ok(totals);
    }
}
