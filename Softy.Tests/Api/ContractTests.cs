using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Softy.Tests.Application;

namespace Softy.Tests.Api;

/// <summary>The contract of the API: each path and its response.</summary>
[Collection(nameof(ApiCollection))]
public sealed class ContractTests(ApiCollection.Fixture softy) : ApiTest(softy)
{
    [Fact]
    public async Task Hello_is_plain_text()
    {
        using var response = await Client.GetAsync("/api/hello", Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType?.ToString().ShouldBe("text/plain; charset=utf-8");
        (await response.Content.ReadAsStringAsync(Cancellation)).ShouldBe("Hello, World!");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_replica_says_who_it_is(int number)
    {
        using var replica = CreateReplicaClient(number);

        (await replica.GetStringAsync("/api/hello/instance", Cancellation)).ShouldBe($"Hello, World {number}!");
        (await replica.GetStringAsync("/host", Cancellation)).ShouldBe($"api-{number}");
        (await replica.GetStringAsync("/api/host", Cancellation)).ShouldBe($"api-{number}");

        using var response = await replica.GetAsync("/api/instance", Cancellation);
        response.Headers.GetValues("X-Softy-Instance").ShouldHaveSingleItem().ShouldBe($"api-{number}");
        var before = await ReadAsync<JsonElement>(response);
        before.GetProperty("name").GetString().ShouldBe($"api-{number}");
        before.GetProperty("number").GetInt32().ShouldBe(number);
        before.GetProperty("host").GetString().ShouldNotBeNullOrEmpty();
        before.GetProperty("version").GetString().ShouldNotBeNullOrEmpty();
        before.GetProperty("startedAt").GetDateTimeOffset().ShouldBeLessThan(DateTimeOffset.UtcNow);

        using var again = await replica.GetAsync("/api/instance", Cancellation);
        var after = await ReadAsync<JsonElement>(again);
        after.GetProperty("requests").GetInt64().ShouldBeGreaterThan(before.GetProperty("requests").GetInt64());
    }

    [Theory]
    [InlineData("/date")]
    [InlineData("/api/date")]
    public async Task The_date_is_the_current_time_in_UTC(string path)
    {
        var before = DateTimeOffset.UtcNow;
        var text = await Client.GetStringAsync(path, Cancellation);

        text.ShouldEndWith("Z");
        DateTimeOffset
            .ParseExact(text, "O", CultureInfo.InvariantCulture)
            .ShouldBeInRange(before, DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task A_message_is_created_found_listed_and_deleted_by_its_owner_alone()
    {
        using var response = await SendMessageAsync(Client, "  Zoë 🎉 ", " <b>日本語</b> שלום ");
        response.StatusCode.ShouldBe(HttpStatusCode.Created);
        var created = await ReadAsync<CreatedMessage>(response);
        created.Author.ShouldBe("Zoë 🎉");
        created.Text.ShouldBe("<b>日本語</b> שלום");
        response.Headers.Location?.OriginalString.ShouldBe($"/api/messages/{created.Id}");

        var message = new Message(created.Id, created.Author, created.Text, created.CreatedAt);
        (await GetAsync<Message>($"/api/messages/{created.Id}")).ShouldBe(message);
        // Every replica shows the change at once: no cache serves the previous page.
        for (var number = 1; number <= 3; number++)
        {
            (await GetAsync<MessagePage>("/api/messages?limit=5")).Items.ShouldContain(message);
        }

        (await DeleteMessageAsync(Client, created.Id, null)).ShouldBe(HttpStatusCode.Forbidden);
        (await DeleteMessageAsync(Client, created.Id, "no token")).ShouldBe(HttpStatusCode.Forbidden);
        (await DeleteMessageAsync(Client, created.Id, new string('/', created.OwnerToken.Length))).ShouldBe(
            HttpStatusCode.Forbidden
        );
        var another = await PostMessageAsync("Somebody", "else");
        (await DeleteMessageAsync(Client, created.Id, another.OwnerToken)).ShouldBe(HttpStatusCode.Forbidden);
        (await DeleteMessageAsync(Client, created.Id, created.OwnerToken)).ShouldBe(HttpStatusCode.NoContent);
        (await DeleteMessageAsync(Client, created.Id, created.OwnerToken)).ShouldBe(HttpStatusCode.NotFound);

        using var gone = await Client.GetAsync($"/api/messages/{created.Id}", Cancellation);
        await ShouldBeProblemAsync(gone, HttpStatusCode.NotFound);
        for (var number = 1; number <= 3; number++)
        {
            (await GetAsync<MessagePage>("/api/messages?limit=5")).Items.ShouldNotContain(message);
        }
    }

    [Fact]
    public async Task A_page_that_many_clients_request_is_cached_and_never_stale()
    {
        using var replica = CreateReplicaClient(2);
        await Eventually.Async(
            async () =>
            {
                var before = await CountRedisCallsAsync("mget");
                await replica.GetStringAsync("/api/messages?limit=20", Cancellation);
                return await CountRedisCallsAsync("mget") == before;
            },
            "a replica that has fetched a page from Redis shows it again without that"
        );

        for (var i = 0; i < 20; i++)
        {
            var created = await PostMessageAsync("Newest", "of all");
            (await replica.GetFromJsonAsync<MessagePage>("/api/messages?limit=20", Cancellation))!
                .Items[0]
                .Id.ShouldBe(created.Id);
        }
    }

    [Fact]
    public async Task Pages_link_to_the_next_and_do_not_shift_when_messages_arrive()
    {
        var mine = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            mine.Add((await PostMessageAsync("Pager", $"Page {i}")).Id);
        }

        using var response = await Client.GetAsync("/api/messages?limit=2", Cancellation);
        var first = await ReadAsync<MessagePage>(response);
        var link = response.Headers.GetValues("Link").ShouldHaveSingleItem();
        link.ShouldBe($"</api/messages?after={first.Next}&limit=2>; rel=\"next\"");
        await PostMessageAsync("Intruder", "Comes in between");

        var seen = first.Items.Select(message => message.Id).ToList();
        var next = link[1..link.IndexOf('>', StringComparison.Ordinal)];
        while (seen.Count < 5)
        {
            var page = await GetAsync<MessagePage>(next);
            seen.AddRange(page.Items.Select(message => message.Id));
            next = $"/api/messages?after={page.Next}&limit=2";
        }

        seen.Where(mine.Contains).ShouldBe(Enumerable.Reverse(mine).Where(seen.Contains));
        seen.ShouldBeUnique();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("?limit=1")]
    public async Task A_response_that_the_client_has_cached_is_not_sent_again(string? query)
    {
        var created = await PostMessageAsync("Tagger", "Tagged");
        var path = query is null ? $"/api/messages/{created.Id}" : $"/api/messages{query}";

        using var first = await Client.GetAsync(path, Cancellation);
        var tag = first.Headers.ETag.ShouldNotBeNull();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"another\""));
        request.Headers.IfNoneMatch.Add(tag);
        using var second = await Client.SendAsync(request, Cancellation);
        second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        second.Headers.ETag.ShouldBe(tag);

        if (query is not null)
        {
            await PostMessageAsync("Tagger", "Changes the page");
            using var changed = new HttpRequestMessage(HttpMethod.Get, path);
            changed.Headers.IfNoneMatch.Add(tag);
            using var third = await Client.SendAsync(changed, Cancellation);
            third.StatusCode.ShouldBe(HttpStatusCode.OK);
            third.Headers.ETag.ShouldNotBe(tag);
        }
    }

    [Fact]
    public async Task Visits_are_counted_exactly_by_replica_and_in_total()
    {
        const int Visits = 300;
        var before = await GetAsync<VisitTotals>("/api/visits");

        var answered = new long[4];
        await Parallel.ForAsync(
            0,
            Visits,
            Cancellation,
            async (_, cancellationToken) =>
            {
                using var response = await Client.PostAsync("/api/visits", null, cancellationToken);
                response.StatusCode.ShouldBe(HttpStatusCode.OK);
                var totals = await ReadAsync<VisitTotals>(response);
                totals.Total.ShouldBe(totals.Instances.Values.Sum());
                Interlocked.Increment(ref answered[response.Headers.GetValues("X-Softy-Instance").Single()[^1] - '0']);
            }
        );

        var after = await GetAsync<VisitTotals>("/api/visits");
        after.Total.ShouldBe(before.Total + Visits);
        for (var number = 1; number <= 3; number++)
        {
            var name = $"api-{number}";
            (after.Instances.GetValueOrDefault(name) - before.Instances.GetValueOrDefault(name)).ShouldBe(
                answered[number]
            );
        }
    }

    [Fact]
    public async Task Health_lists_the_stores()
    {
        using var replica = CreateReplicaClient(1);
        await Eventually.Async(
            async () =>
            {
                using var response = await replica.GetAsync("/health", Cancellation);
                response.StatusCode.ShouldBe(HttpStatusCode.OK);
                var health = await ReadAsync<JsonElement>(response);
                new[] { "postgres", "redis", "schema" }.ShouldBeSubsetOf(
                    health.GetProperty("checks").EnumerateObject().Select(check => check.Name)
                );
                // The health checks time out early when a busy machine makes a store slow.
                return health.GetProperty("status").GetString() == "Healthy";
            },
            "the replica is healthy"
        );
        (await replica.GetAsync("/alive", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    /// <summary>How often Redis has executed a command.</summary>
    private async Task<int> CountRedisCallsAsync(string command)
    {
        var redis = RedisAccess.Parse((await App.GetConnectionStringAsync("redis", Cancellation))!);
        var counts = string.Join('\n', await redis.AskAsync($"AUTH {redis.Password}", "INFO commandstats"));
        var calls = Regex.Match(
            counts,
            $"cmdstat_{command}:calls=([0-9]+)",
            RegexOptions.None,
            TimeSpan.FromSeconds(1)
        );
        return calls.Success ? int.Parse(calls.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }
}
