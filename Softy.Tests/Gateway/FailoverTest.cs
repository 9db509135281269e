using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>What the tests of failover share: requests with a small body, and gateways that eject no replica.</summary>
public abstract class FailoverTest
{
    // With ejection and probes, the outcome of a request would depend on the requests before it.
    private protected static (string, string)[] NeverEject { get; } =
    [("Gateway:Health:Active:FailureThreshold", "100"), ("Gateway:Health:Passive:FailureThreshold", "1000")];

    protected static byte[] SmallBody { get; } = [.. Enumerable.Range(0, 5_000).Select(i => (byte)i)];

    protected static HttpRequestMessage Post(byte[] body, string? key = null, string path = "/api/messages")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return request;
    }

    private protected static Task<IGateway> StartAsync(params Uri[] api) => StartAsync(api, []);

    private protected static Task<IGateway> StartAsync(Uri[] api, params (string, string)[] settings) =>
        TestGateway.StartAsync(api, [.. NeverEject, .. settings]);
}
