using System.Security.Cryptography;
using System.Text;

namespace Aspire.Hosting;

/// <summary>The name of a volume that the AppHost did not name: as in Aspire, one for each place of an AppHost.</summary>
internal static class VolumeName
{
    public static string For<T>(IResourceBuilder<T> builder)
        where T : IResource
    {
        var application = builder.ApplicationBuilder;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(application.AppHostDirectory)))[..10];
        return $"{application.Environment.ApplicationName.ToLowerInvariant()}-{hash}-{builder.Resource.Name}-data";
    }
}
