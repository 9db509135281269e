using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Softy.Tests.Api;

namespace Softy.Tests.Faults;

/// <summary>Clients that write, read and delete messages, and record what the responses say.</summary>
internal sealed class MessageClients(
    RequestRecorder requests,
    Outcomes outcomes,
    string author,
    CancellationToken giveUp
)
{
    private readonly ConcurrentQueue<string> _ids = new();

    /// <summary>Reads an acknowledged message, which must exist.</summary>
    public async Task FindAsync(int n)
    {
        if (!_ids.TryDequeue(out var id))
        {
            return;
        }

        _ids.Enqueue(id);
        var answer = await requests.SendAsync(
            Operation.Find,
            HttpMethod.Get,
            $"/api/messages/{id}",
            HttpStatusCode.NotFound
        );
        if (answer.Status == HttpStatusCode.NotFound)
        {
            outcomes.Find($"message {id} was acknowledged and is not found");
        }
    }

    /// <summary>
    /// Posts a message with an <c>Idempotency-Key</c> until it is acknowledged, by one client or by two at once.
    /// </summary>
    public async Task PostWithKeyAsync(string text, bool twice)
    {
        var key = Guid.NewGuid().ToString();
        await Task.WhenAll(
            Enumerable
                .Range(0, twice ? 2 : 1)
                .Select(async _ =>
                {
                    if (await UntilCreatedAsync(text, key) is { } created)
                    {
                        _ids.Enqueue(created.Id);
                        if (_ids.Count > 1000)
                        {
                            _ids.TryDequeue(out var _);
                        }
                    }
                })
        );
    }

    /// <summary>Posts a message without a key, once.</summary>
    public async Task PostAsync(int n)
    {
        var text = $"plain {n}";
        var answer = await requests.SendAsync(
            Operation.Post,
            HttpMethod.Post,
            "/api/messages",
            expected: HttpStatusCode.Created,
            content: Content(author, text)
        );
        if (answer.Status == HttpStatusCode.Created)
        {
            outcomes.Acknowledge(text, answer);
        }
        else
        {
            outcomes.Fail(text, answer);
        }
    }

    /// <summary>
    /// Posts a message that must be rejected: it is not valid, or its key belongs to another message.
    /// </summary>
    public async Task PostWhatIsRefusedAsync(int n)
    {
        var key = Guid.NewGuid().ToString();
        var kept = $"first of its key {n}";
        var refused = $"refused {n} of {author}";
        if (n % 2 == 0)
        {
            var answer = await requests.SendAsync(
                Operation.PostRefused,
                HttpMethod.Post,
                "/api/messages",
                HttpStatusCode.BadRequest,
                Content(new string('x', 65), refused),
                key
            );
            outcomes.Refuse(refused, answer, HttpStatusCode.BadRequest);
        }
        else if (await UntilCreatedAsync(kept, key) is not null)
        {
            var answer = await requests.SendAsync(
                Operation.PostRefused,
                HttpMethod.Post,
                "/api/messages",
                HttpStatusCode.UnprocessableEntity,
                Content(author, refused),
                key
            );
            outcomes.Refuse(refused, answer, HttpStatusCode.UnprocessableEntity);
        }
    }

    /// <summary>Posts a message, and deletes it once it is acknowledged.</summary>
    public async Task PostAndDeleteAsync(int n)
    {
        var text = $"short-lived {n}";
        outcomes.Delete(text, isAcknowledged: false);
        if (await UntilCreatedAsync(text, Guid.NewGuid().ToString()) is not { } created)
        {
            return;
        }

        while (!giveUp.IsCancellationRequested)
        {
            // The status is 404 if an earlier deletion succeeded and its response was lost.
            var answer = await requests.SendAsync(
                Operation.Delete,
                HttpMethod.Delete,
                $"/api/messages/{created.Id}",
                HttpStatusCode.NotFound,
                ownerToken: created.OwnerToken
            );
            if (answer.Status is HttpStatusCode.NoContent or HttpStatusCode.NotFound)
            {
                outcomes.Delete(text, isAcknowledged: true);
                return;
            }

            await Task.Delay(Traffic.Pause, CancellationToken.None);
        }
    }

    private async Task<CreatedMessage?> UntilCreatedAsync(string text, string key)
    {
        while (!giveUp.IsCancellationRequested)
        {
            var answer = await requests.SendAsync(
                Operation.PostWithKey,
                HttpMethod.Post,
                "/api/messages",
                HttpStatusCode.Created,
                Content(author, text),
                key
            );
            if (answer.Status == HttpStatusCode.Created)
            {
                return outcomes.Acknowledge(text, answer);
            }

            await Task.Delay(Traffic.Pause, CancellationToken.None);
        }

        outcomes.Find($"'{text}' was never acknowledged");
        return null;
    }

    private static JsonContent Content(string author, string text) => JsonContent.Create(new { author, text });
}
