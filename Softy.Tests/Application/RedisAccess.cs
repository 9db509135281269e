using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Softy.Tests.Application;

/// <summary>Where Redis is and what it asks for, as its clients are told.</summary>
internal sealed record RedisAccess(string Host, int Port, string Password)
{
    public static RedisAccess Parse(string connectionString)
    {
        var parts = connectionString.Split(',');
        var address = parts[0].Split(':');
        var password = parts.Single(part => part.StartsWith("password=", StringComparison.Ordinal))[
            "password=".Length..
        ];
        return new RedisAccess(address[0], int.Parse(address[1], CultureInfo.InvariantCulture), password);
    }

    /// <summary>Sends commands over a connection of their own, which begins without the password.</summary>
    /// <returns>The lines of all answers.</returns>
    public async Task<string[]> AskAsync(params string[] commands)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Host, Port, Cancellation);
        await using var stream = client.GetStream();
        var text = string.Concat(commands.Append("QUIT").Select(command => $"{command}\r\n"));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), Cancellation);
        using var reader = new StreamReader(stream);
        return (await reader.ReadToEndAsync(Cancellation)).Split("\r\n");
    }
}
