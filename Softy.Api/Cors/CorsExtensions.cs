using Microsoft.Net.Http.Headers;
using Softy.Api.Http;
using Softy.ServiceDefaults;
using Softy.ServiceDefaults.Startup;

namespace Softy.Api.Cors;

/// <summary>
/// Lets pages of other origins use the API. Off unless the configuration lists origins in <c>Cors:Origins</c>; the
/// single origin <c>*</c> means all of them. Credentials are not allowed, so that a page cannot act for a user of
/// another site.
/// </summary>
internal static class CorsExtensions
{
    /// <summary>
    /// The origins whose pages may use the API: a list, or one text with commas. <c>*</c> stands for all origins and
    /// must be the only entry. Without origins, no page of another origin can read a response.
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
                        HeaderNames.ContentType,
                        HeaderNames.IfNoneMatch,
                        ApiHeaders.LastEventId,
                        ApiHeaders.IdempotencyKey,
                        ApiHeaders.OwnerToken
                    )
                    .WithExposedHeaders(
                        HeaderNames.ETag,
                        HeaderNames.Link,
                        HeaderNames.Location,
                        HeaderNames.RetryAfter,
                        SoftyHeaders.Instance
                    )
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

    /// <summary>Reads a list, or one text with commas, which is easier to set as an environment variable.</summary>
    internal static string[] ReadOrigins(IConfiguration configuration)
    {
        var section = configuration.GetSection(SectionName);
        var origins = (section.Value?.Split(',') ?? section.Get<string[]>() ?? [])
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
                    $"{SectionName} has '{origin}', which is not an origin: write it like https://example.org or "
                        + "https://example.org:8443, or '*' for all."
                );
            }
        }

        if (origins.Length > 1 && origins.Contains("*"))
        {
            throw new StartupException(
                $"{SectionName} has '*', which allows every origin, and others: remove the others, or the '*'."
            );
        }

        return origins;
    }
}
