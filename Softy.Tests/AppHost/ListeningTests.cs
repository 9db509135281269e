using System.Globalization;
using Softy.Tests.Application;

namespace Softy.Tests.AppHost;

/// <summary>No resource listens on an address that other machines can reach.</summary>
public sealed class ListeningTests(SharedApp softy) : SharedTest(softy)
{
    private const string Listening = "0A";
    private const string Loopback = "0100007F";
    private const string Loopback6 = "00000000000000000000000001000000";

    [Theory]
    [InlineData("postgres", "tcp")]
    [InlineData("redis", "tcp")]
    [InlineData("web", "http")]
    [InlineData("api-1", "http")]
    [InlineData("api-3", "http")]
    [InlineData("gateway", "http")]
    public void A_resource_listens_on_loopback_only(string resource, string endpoint)
    {
        var port = App.GetEndpoint(resource, endpoint).Port.ToString("X4", CultureInfo.InvariantCulture);

        var addresses = new[] { "/proc/net/tcp", "/proc/net/tcp6" }
            .SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[3] == Listening && fields[1].EndsWith(':' + port, StringComparison.Ordinal))
            .Select(fields => fields[1].Split(':')[0])
            .ToArray();

        addresses.ShouldNotBeEmpty();
        addresses.ShouldAllBe(address => address == Loopback || address == Loopback6);
    }
}
