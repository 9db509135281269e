using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Softy.Tests.Api;

/// <summary>A reader of the live stream that reconnects whenever the connection breaks, as a browser does.</summary>
public sealed class LiveReader(HttpClient client) : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<Message> _messages = [];
    private readonly List<string> _deleted = [];
    private VisitTotals? _visits;
    private string? _lastEventId;
    private int _connections;
    private int _resets;
    private Task _reading = Task.CompletedTask;

    public int Connections => _connections;

    public int Resets => _resets;

    public VisitTotals? Visits => _visits;

    public int MessageCount
    {
        get
        {
            lock (_lock)
            {
                return _messages.Count;
            }
        }
    }

    public List<Message> Messages
    {
        get
        {
            lock (_lock)
            {
                return [.. _messages];
            }
        }
    }

    public List<string> Deleted
    {
        get
        {
            lock (_lock)
            {
                return [.. _deleted];
            }
        }
    }

    /// <summary>Starts reading, and returns after the first event.</summary>
    public Task StartAsync(string? lastEventId = null)
    {
        _lastEventId = lastEventId;
        _reading = ReadAsync();
        return Task.WhenAny(_connected.Task, _reading).Unwrap().WaitAsync(_patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.WaitAsync(_patience);
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/api/live");
                if (_lastEventId is not null)
                {
                    request.Headers.Add("Last-Event-ID", _lastEventId);
                }

                using var response = await client.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead,
                    _stop.Token
                );
                response.EnsureSuccessStatusCode();
                await using var body = await response.Content.ReadAsStreamAsync(_stop.Token);
                Interlocked.Increment(ref _connections);

                var parser = SseParser.Create(body);
                await foreach (var item in parser.EnumerateAsync(_stop.Token))
                {
                    Take(item);
                    _lastEventId = parser.LastEventId is { Length: > 0 } id ? id : _lastEventId;
                    _connected.TrySetResult();
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // The connection broke: the loop reconnects.
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(50, CancellationToken.None);
        }
    }

    private void Take(SseItem<string> item)
    {
        switch (item.EventType)
        {
            case "message":
                lock (_lock)
                {
                    _messages.Add(JsonSerializer.Deserialize<Message>(item.Data, _json)!);
                }

                break;
            case "deleted":
                lock (_lock)
                {
                    _deleted.Add(JsonSerializer.Deserialize<JsonElement>(item.Data).GetProperty("id").GetString()!);
                }

                break;
            case "visits":
                _visits = JsonSerializer.Deserialize<VisitTotals>(item.Data, _json);
                break;
            case "reset":
                Interlocked.Increment(ref _resets);
                break;
        }
    }
}
