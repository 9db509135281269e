using System.Security.Cryptography;
using System.Text;

namespace Aspire.Hosting.Dashboard;

/// <summary>
/// Tells the one instance of a resource, as its telemetry does (<c>service.instance.id</c>): the same at every start, so
/// that a resource that is started again is no new one.
/// </summary>
internal static class ResourceInstance
{
    public static string IdOf(string resourceName) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(resourceName)))[..8];
}
