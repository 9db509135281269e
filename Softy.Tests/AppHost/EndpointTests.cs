using System.Globalization;
using Softy.Tests.Application;

namespace Softy.Tests.AppHost;

/// <summary>
/// Clients connect to the services directly, from this machine only, and the services run as they were built.
/// </summary>
public sealed class EndpointTests(SharedApp softy) : SharedTest(softy)
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
    public void A_resource_itself_and_nobody_else_listens_on_its_port_and_on_loopback_only(
        string resource,
        string endpoint
    )
    {
        var port = App.GetEndpoint(resource, endpoint).Port.ToString("X4", CultureInfo.InvariantCulture);
        var listening = new[] { "/proc/net/tcp", "/proc/net/tcp6" }
            .SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[3] == Listening && fields[1].EndsWith(':' + port, StringComparison.Ordinal))
            .ToArray();

        listening.ShouldNotBeEmpty();
        listening.Select(fields => fields[1].Split(':')[0]).ShouldBeSubsetOf([Loopback, Loopback6]);
        listening.Select(fields => $"socket:[{fields[9]}]").ShouldBeSubsetOf(SocketsOf(App.ProcessId(resource)));
    }

    [Theory]
    [InlineData("web", "Softy.Web")]
    [InlineData("api-1", "Softy.Api")]
    [InlineData("gateway", "Softy.Gateway")]
    public void A_project_runs_as_the_program_that_was_built(string resource, string program)
    {
        var id = App.ProcessId(resource);

        // "dotnet run" would be another process, which first asks MSBuild and then keeps running.
        File.ResolveLinkTarget($"/proc/{id}/exe", returnFinalTarget: true)!.Name.ShouldBe(program);
        ProcessTable.ChildrenOf(id).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("web")]
    [InlineData("api-1")]
    [InlineData("gateway")]
    public void With_a_dashboard_services_know_where_to_export_to(string resource) =>
        ProcessTable.EnvironmentOf(App.ProcessId(resource)).Keys.ShouldContain("OTEL_EXPORTER_OTLP_ENDPOINT");

    private static HashSet<string> SocketsOf(int id) =>
        [
            .. Directory
                .EnumerateFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/fd"))
                .Select(file => File.ResolveLinkTarget(file, returnFinalTarget: false)?.Name)
                .OfType<string>(),
        ];
}
