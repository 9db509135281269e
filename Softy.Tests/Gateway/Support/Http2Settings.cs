namespace Softy.Tests.Gateway.Support;

/// <summary>The settings by which a gateway of a test uses HTTP/2 for the replicas that accept it.</summary>
internal static class Http2Settings
{
    /// <summary>Finds the address for HTTP/2 of each server that is a <see cref="Backend"/>.</summary>
    public static IEnumerable<(string Key, string Value)> Of(IEnumerable<string> servers) =>
        from server in servers.Index()
        let url = Uri.TryCreate(server.Item, UriKind.Absolute, out var parsed) ? Backend.FindHttp2Url(parsed) : null
        where url is not null
        select ($"services:api:h2:{server.Index}", url.AbsoluteUri);
}
