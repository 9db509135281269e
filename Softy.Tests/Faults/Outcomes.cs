using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Softy.Tests.Api;

namespace Softy.Tests.Faults;

/// <summary>What the responses said about messages and visits, to be compared with what the stores contain.</summary>
internal sealed class Outcomes
{
    private readonly ConcurrentQueue<string> _findings = new();
    private readonly ConcurrentDictionary<string, string> _stored = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _deleted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _refused = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _unknown = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<long> _visits = new();
    private int _unknownVisits;

    /// <summary>Responses that cannot be true.</summary>
    public IReadOnlyCollection<string> Findings => _findings;

    /// <summary>The messages that were acknowledged: their ids, by their texts.</summary>
    public IReadOnlyDictionary<string, string> Stored => _stored;

    /// <summary>The texts of the messages that are to be deleted, and whether the deletion was acknowledged.</summary>
    public IReadOnlyDictionary<string, bool> Deleted => _deleted;

    /// <summary>The texts of the messages that were rejected.</summary>
    public IReadOnlyDictionary<string, bool> Refused => _refused;

    /// <summary>The texts of the messages that may or may not have been stored.</summary>
    public IReadOnlyDictionary<string, bool> Unknown => _unknown;

    /// <summary>When each visit was acknowledged.</summary>
    public IReadOnlyCollection<long> Visits => _visits;

    /// <summary>How many visits may or may not have been counted.</summary>
    public int UnknownVisits => _unknownVisits;

    public void Find(string finding) => _findings.Enqueue(finding);

    /// <summary>Records that a message was created, unless the response contradicts an earlier one.</summary>
    public CreatedMessage Acknowledge(string text, Answer answer)
    {
        var created = JsonSerializer.Deserialize<CreatedMessage>(answer.Body, JsonSerializerOptions.Web)!;
        if (_stored.GetOrAdd(text, created.Id) is var first && first != created.Id)
        {
            _findings.Enqueue($"'{text}' was acknowledged as {first} and as {created.Id}");
        }

        if (created.Text != text)
        {
            _findings.Enqueue($"'{text}' was acknowledged as '{created.Text}'");
        }

        return created;
    }

    /// <summary>Records the response to a message that must be rejected.</summary>
    public void Refuse(string text, Answer answer, HttpStatusCode expected)
    {
        if (answer.Status == expected)
        {
            _refused[text] = true;
        }
        else if (answer.Status == HttpStatusCode.Created)
        {
            _findings.Enqueue($"'{text}' should have been refused");
        }
    }

    /// <summary>Records that a message was posted without success: it may still have been stored.</summary>
    public void Fail(string text, Answer answer) => (answer.SaysThatNothingWasSent ? _refused : _unknown)[text] = true;

    /// <summary>Records that a message is deleted, from its first request on.</summary>
    public void Delete(string text, bool isAcknowledged) => _deleted[text] = isAcknowledged;

    /// <summary>Records the response to a visit.</summary>
    public void Visit(Answer answer)
    {
        if (answer.Status == HttpStatusCode.OK)
        {
            _visits.Enqueue(Stopwatch.GetTimestamp());
        }
        else if (!answer.SaysThatNothingWasSent)
        {
            Interlocked.Increment(ref _unknownVisits);
        }
    }
}
