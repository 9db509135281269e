using Softy.Api.Http;
using Softy.Api.Messages;
using Softy.ServiceDefaults;
using Softy.ServiceDefaults.Startup;

namespace Softy.Api.Cors;

/// <summary>
/// Lets pages of other origins use the API. Off unless the configuration lists origins in <c>Cors:Origins</c>; the single
/// origin <c>*</c> means all of them. Cookies are never involved, so that an open API is open to read, not to impersonate.
/// </summary>
internal static class CorsExtensions
{
    /// <summary>
    /// The origins whose pages may use the API: a list, or one text with commas between them. <c>*</c> stands for all
    /// origins, and must then be the only one. Without any, no page of another origin can read an answer.
    /// </summary>
    /// <value>list of texts; none; origins such as <c>https://example.org:8443</c>, or <c>*</c> alone</value>
    private const string SectionName = "Cors:Origins";

    public static void AddCrossOrigin(this IHostApplicationBuilder builder)
    {
        var origins = ReadOrigins(builder.Configuration);
        if (origins.Length == 0)
        {
            return;
        }

        builder.Services.AddCors(cors =>
            cors.AddDefaultPolicy(policy =>
                policy
                    .WithOrigins(origins)
                    .WithMethods(HttpMethods.Get, HttpMethods.Post, HttpMethods.Delete)
                    .WithHeaders(
                        "Content-Type",
                        "If-None-Match",
                        "Last-Event-ID",
                        IdempotencyKey.HeaderName,
                        OwnerToken.HeaderName
                    )
                    .WithExposedHeaders("ETag", "Link", "Location", "Retry-After", SoftyHeaders.Instance)
                    .SetPreflightMaxAge(TimeSpan.FromHours(1))
            )
        );
    }

    public static void UseCrossOrigin(this WebApplication app)
    {
        if (ReadOrigins(app.Configuration).Length > 0)
        {
            app.UseCors();
        }
    }

    /// <summary>Reads a list, or one text with commas, which is easier to write in an environment variable.</summary>
    internal static string[] ReadOrigins(IConfiguration configuration)
    {
        var section = configuration.GetSection(SectionName);
        var origins = (section.Get<string[]>() ?? section.Value?.Split(',') ?? [])
            .Select(origin => origin.Trim().TrimEnd('/'))
            .Where(origin => origin.Length > 0)
            .ToArray();
        foreach (var origin in origins)
        {
            if (
                origin != "*"
                && !(
                    Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                    && uri.Scheme is "http" or "https"
                    && uri.GetLeftPart(UriPartial.Authority).Equals(origin, StringComparison.OrdinalIgnoreCase)
                )
            )
            {
                throw new StartupException(
                    $"{SectionName} has '{origin}', which is no origin: write it like https://example.org or https://example.org:8443, or '*' for all."
                );
            }
        }

        if (origins.Length > 1 && origins.Contains("*"))
        {
            throw new StartupException(
                $"{SectionName} has '*', which lets every origin in, beside others: leave the others out, or the '*'."
            );
        }

        return origins;
    }
}
