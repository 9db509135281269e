using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Softy.Api.Http;

/// <summary>Answers <c>If-None-Match</c>.</summary>
internal static class EntityTag
{
    /// <summary>
    /// What may be stored must be checked before it is shown again: a message may be deleted, and a page gets new ones.
    /// </summary>
    public const string CacheControl = "no-cache";

    /// <summary>Names the version that is about to be sent.</summary>
    /// <returns>Whether the client has that version already: the answer is 304 then, and has no body.</returns>
    public static bool IsKnown(HttpContext context, string entityTag)
    {
        var headers = context.Response.Headers;
        headers.ETag = entityTag;
        headers.CacheControl = CacheControl;
        return Matches(context.Request.Headers.IfNoneMatch, entityTag);
    }

    /// <summary>Whether one of the tags of an <c>If-None-Match</c> is the given one; weak tags match too.</summary>
    internal static bool Matches(StringValues ifNoneMatch, string entityTag)
    {
        if (ifNoneMatch.Count == 0)
        {
            return false;
        }

        if (ifNoneMatch.Count == 1 && ifNoneMatch[0] == entityTag)
        {
            return true;
        }

        if (!EntityTagHeaderValue.TryParseList([.. ifNoneMatch.OfType<string>()], out var tags))
        {
            return false;
        }

        var current = EntityTagHeaderValue.Parse(entityTag);
        return tags.Any(tag => tag.Compare(current, useStrongComparison: false) || tag.Equals(EntityTagHeaderValue.Any));
    }
}
