using Softy.Api.Json;

namespace Softy.Api.Problems;

/// <summary>Makes every error an RFC 9457 problem with a trace id and without internal details.</summary>
internal static class ProblemExtensions
{
    public static void AddProblems(this IHostApplicationBuilder builder)
    {
        // A request that cannot be bound throws, so that ProblemExceptionHandler writes the response.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.AddJsonContext(ProblemJsonContext.Default);
        // Registered before the framework's own writer, so that this one is used.
        builder.Services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<ProblemExceptionHandler>();
    }

    public static void UseProblems(this IApplicationBuilder app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }
}
