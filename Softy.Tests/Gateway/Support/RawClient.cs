using System.Net.Sockets;
using System.Text;

namespace Softy.Tests.Gateway.Support;

/// <summary>A client at the level of bytes.</summary>
internal static class RawClient
{
    // Only a gateway that should have closed the connection, or answered, and has not, is waited for that long.
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(60);

    /// <summary>Sends bytes, and reads all that comes until the gateway closes the connection or says no more.</summary>
    public static async Task<string> SendAsync(Uri gateway, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Host, gateway.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);

        var answer = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
                timeout.CancelAfter(_silence);
                var count = await stream.ReadAsync(buffer, timeout.Token);
                if (count == 0)
                {
                    break;
                }

                answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Reset, or silent: what has come is the answer.
        }

        return answer.ToString();
    }

    /// <summary>The status codes in what came back, one for each response.</summary>
    public static int[] StatusCodes(string answer) =>
        [.. answer.Split("HTTP/1.1 ").Skip(1).Select(part => int.Parse(part[..3], System.Globalization.CultureInfo.InvariantCulture))];
}
