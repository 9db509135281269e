using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Softy.Tests.Application;

/// <summary>The stores let nobody in who does not know their passwords.</summary>
public sealed class AccessTests(SoftyApp softy) : ApplicationTest(softy), IClassFixture<SoftyApp>
{
    [Fact]
    public async Task PostgreSQL_refuses_a_wrong_password()
    {
        var right = new NpgsqlConnectionStringBuilder(await App.GetConnectionStringAsync("softydb", Cancellation)) { Pooling = false };
        await using (var connection = new NpgsqlConnection(right.ConnectionString))
        {
            await connection.OpenAsync(Cancellation);
        }

        foreach (var password in new[] { "wrong", string.Empty, right.Password + " " })
        {
            var wrong = new NpgsqlConnectionStringBuilder(right.ConnectionString) { Password = password };
            await using var connection = new NpgsqlConnection(wrong.ConnectionString);
            await Should.ThrowAsync<NpgsqlException>(() => connection.OpenAsync(Cancellation));
        }
    }

    [Fact]
    public async Task Redis_refuses_a_wrong_password()
    {
        var parts = (await App.GetConnectionStringAsync("redis", Cancellation))!.Split(',');
        var password = parts.Single(p => p.StartsWith("password=", StringComparison.Ordinal))["password=".Length..];

        (await AskRedisAsync(parts[0], "PING")).ShouldStartWith("-NOAUTH");
        (await AskRedisAsync(parts[0], "AUTH wrong")).ShouldStartWith("-WRONGPASS");
        (await AskRedisAsync(parts[0], $"AUTH {password}")).ShouldBe("+OK");
    }

    private static async Task<string?> AskRedisAsync(string address, string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Split(':')[0], int.Parse(address.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture), Cancellation);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{command}\r\n"), Cancellation);
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync(Cancellation);
    }
}
