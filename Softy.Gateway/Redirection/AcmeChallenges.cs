using System.Buffers;
using Microsoft.AspNetCore.Http.HttpResults;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Redirection;

/// <summary>Answers the challenges of ACME with the files that the ACME client has written.</summary>
internal static class AcmeChallenges
{
    /// <summary>What the challenges' paths begin with.</summary>
    public const string Prefix = "/.well-known/acme-challenge";

    private static readonly string[] _methods = [HttpMethods.Get, HttpMethods.Head];

    // A token of RFC 8555 has no others, and a name of these leads out of no folder.
    private static readonly SearchValues<char> _characters = SearchValues.Create(
        "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    );

    /// <summary>Maps the challenges, where there is a folder for them at the start.</summary>
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
