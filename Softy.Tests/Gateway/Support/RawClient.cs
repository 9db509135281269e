using System.Net.Sockets;
using System.Text;

namespace Softy.Tests.Gateway.Support;

/// <summary>A client at the level of bytes.</summary>
internal static class RawClient
{
    // Only a gateway that should have closed the connection, or answered, and has not, is waited for that long.
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(60);

    /// <summary>Sends bytes, and reads the answer until the gateway closes the connection or stays silent.</summary>
    /// <param name="gateway">Where to.</param>
    /// <param name="request">The bytes, as Latin-1.</param>
    /// <param name="silence">How long the gateway may say nothing.</param>
    /// <param name="mustClose">Whether it is a failure that the gateway says no more and keeps the connection.</param>
    public static async Task<string> SendAsync(
        Uri gateway,
        string request,
        TimeSpan? silence = null,
        bool mustClose = false
    )
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Host, gateway.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();

        var answer = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
            while (true)
            {
                using var timeout = CancellationTokenSource.CreateLinkedTokenSource(
                    TestContext.Current.CancellationToken
                );
                timeout.CancelAfter(silence ?? _silence);
                var count = await stream.ReadAsync(buffer, timeout.Token);
                if (count == 0)
                {
                    break;
                }

                answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (OperationCanceledException exception)
            when (mustClose && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"The gateway has said no more than '{answer}', and keeps the connection.",
                exception
            );
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Reset, or silent: what has come is the answer.
        }

        return answer.ToString();
    }

    /// <summary>The status codes in what came back, one for each response.</summary>
    public static int[] StatusCodes(string answer) =>
        [
            .. answer
                .Split("HTTP/1.1 ")
                .Skip(1)
                .Select(part => int.Parse(part[..3], System.Globalization.CultureInfo.InvariantCulture)),
        ];
}
