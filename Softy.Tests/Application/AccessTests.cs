using Npgsql;

namespace Softy.Tests.Application;

/// <summary>The stores let nobody in who does not know their passwords.</summary>
public sealed class AccessTests(SharedApp softy) : SharedTest(softy)
{
    [Fact]
    public async Task PostgreSQL_refuses_a_wrong_password()
    {
        var connectionString = await App.GetConnectionStringAsync("softydb", Cancellation);
        var right = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
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
        var redis = RedisAccess.Parse((await App.GetConnectionStringAsync("redis", Cancellation))!);

        (await redis.AskAsync("PING"))[0].ShouldStartWith("-NOAUTH");
        (await redis.AskAsync("AUTH wrong"))[0].ShouldStartWith("-WRONGPASS");
        (await redis.AskAsync($"AUTH {redis.Password}"))[0].ShouldBe("+OK");
    }
}
