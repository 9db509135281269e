using System.Net.Sockets;
using System.Text;

namespace Softy.Tests.Gateway.Support;

/// <summary>A client at the level of bytes.</summary>
internal static class RawClient
{
    // Only failures wait so long: a gateway that should have answered or closed the connection.
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(60);

    /// <summary>Sends bytes, and reads the answer until the gateway closes the connection or stays silent.</summary>
    /// <param name="gateway">The address of the gateway.</param>
    /// <param name="request">The bytes, as Latin-1.</param>
    /// <param name="silence">How long the gateway may be silent.</param>
    /// <param name="mustClose">
    /// Whether the gateway fails the test if it stays silent and keeps the connection open.
    /// </param>
    public static async Task<string> SendAsync(
        Uri gateway,
        string request,
        TimeSpan? silence = null,
        bool mustClose = false
    )
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Host, gateway.Port, Cancellation);
        var stream = client.GetStream();

        var answer = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request), Cancellation);
            while (true)
            {
                using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
                timeout.CancelAfter(silence ?? _silence);
                var count = await stream.ReadAsync(buffer, timeout.Token);
                if (count == 0)
                {
                    break;
                }

                answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (OperationCanceledException exception) when (mustClose && !Cancellation.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"The gateway has said no more than '{answer}', and keeps the connection.",
                exception
            );
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The connection was reset, or the gateway is silent: the answer is what was received before.
        }

        return answer.ToString();
    }

    /// <summary>The status codes of all responses in the received text.</summary>
    public static int[] StatusCodes(string answer) =>
        [
            .. answer
                .Split("HTTP/1.1 ")
                .Skip(1)
                .Select(part => int.Parse(part[..3], System.Globalization.CultureInfo.InvariantCulture)),
        ];
}
