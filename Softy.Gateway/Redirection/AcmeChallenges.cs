using System.Buffers;
using Microsoft.AspNetCore.Http.HttpResults;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Redirection;

/// <summary>Serves the challenge files that an ACME client has written.</summary>
internal static class AcmeChallenges
{
    /// <summary>The prefix of the challenges' paths.</summary>
    public const string Prefix = "/.well-known/acme-challenge";

    private static readonly string[] _methods = [HttpMethods.Get, HttpMethods.Head];

    // The characters of a token (RFC 8555). They cannot form a path to another folder.
    private static readonly SearchValues<char> _characters = SearchValues.Create(
        "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    );

    /// <summary>Maps the challenges if their folder is configured at startup.</summary>
    public static void MapAcmeChallenges(this IEndpointRouteBuilder endpoints)
    {
        var options = endpoints.ServiceProvider.GetRequiredService<LiveOptions<AcmeOptions>>();
        if (options.Current.Folder.Length > 0)
        {
            endpoints.MapMethods($"{Prefix}/{{token}}", _methods, Answer);
        }
    }

    private static Results<PhysicalFileHttpResult, NotFound> Answer(string token, LiveOptions<AcmeOptions> options)
    {
        var file = Path.GetFullPath(Path.Combine(options.Current.Folder, Prefix.TrimStart('/'), token));
        return !token.AsSpan().ContainsAnyExcept(_characters) && File.Exists(file)
            ? TypedResults.PhysicalFile(file, "text/plain")
            : TypedResults.NotFound();
    }
}
