using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Health;

/// <summary>
/// Healthy while a Redis server lets one in and answers a PING. Two commands of the protocol, written out, so that the
/// host needs no Redis client.
/// </summary>
internal sealed class RedisHealthCheck(RedisResource resource) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var password = await resource.PasswordParameter!.GetValueAsync(cancellationToken) ?? string.Empty;
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(resource.PrimaryEndpoint.Host, resource.PrimaryEndpoint.Port, cancellationToken);
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.UTF8);
            await stream.WriteAsync(
                Encoding.UTF8.GetBytes(
                    $"*2\r\n$4\r\nAUTH\r\n${Encoding.UTF8.GetByteCount(password)}\r\n{password}\r\n*1\r\n$4\r\nPING\r\n"),
                cancellationToken);

            var authenticated = await reader.ReadLineAsync(cancellationToken);
            var answer = authenticated is "+OK" ? await reader.ReadLineAsync(cancellationToken) : authenticated;
            return answer is "+PONG"
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"PING was answered with '{answer}'.");
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
