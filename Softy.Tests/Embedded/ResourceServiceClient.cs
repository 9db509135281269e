using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Aspire.Hosting.Dashboard.ResourceService.Messages;
using Google.Protobuf;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Softy.Tests.Dashboard;

namespace Softy.Tests.Embedded;

/// <summary>Asks the resource service what a dashboard asks it, on a connection of its own.</summary>
internal sealed class ResourceServiceClient : IDisposable
{
    private const int PrefixLength = 5;

    private readonly HttpClient _client;
    private readonly string? _key;

    /// <summary>A client that has a key, or none.</summary>
    public ResourceServiceClient(DistributedApplication app, string? key, SocketsHttpHandler? handler = null)
    {
        _key = key;
        _client = new(handler ?? new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = app.GetEndpoint(DashboardApp.Dashboard, "resource-service"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>A client that has the right key.</summary>
    public ResourceServiceClient(DistributedApplication app, SocketsHttpHandler? handler = null)
        : this(app, app.Services.GetRequiredService<IConfiguration>()["AppHost:ResourceService:ApiKey"], handler)
    {
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Makes a call, and returns when its answer has begun.</summary>
    public async Task<HttpResponseMessage> CallAsync(string method, IMessage message)
    {
        var content = new byte[PrefixLength + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(1), content.Length - PrefixLength);
        message.WriteTo(content.AsSpan(PrefixLength));
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/aspire.v1.DashboardService/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        if (_key is not null)
        {
            request.Headers.Add("x-resource-service-api-key", _key);
        }

        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }

    public Task<HttpResponseMessage> WatchResourcesAsync() => CallAsync("WatchResources", new WatchResourcesRequest());

    public Task<HttpResponseMessage> WatchLogAsync(string resource) =>
        CallAsync("WatchResourceConsoleLogs", new ConsoleLogsRequest { Resource = resource });

    /// <summary>Reads the messages of an answer as they come.</summary>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        HttpResponseMessage response, MessageParser<T> parser, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var prefix = new byte[PrefixLength];
        while (await body.ReadAtLeastAsync(prefix, PrefixLength, throwOnEndOfStream: false, cancellationToken) == PrefixLength)
        {
            var message = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
            await body.ReadExactlyAsync(message, cancellationToken);
            yield return parser.ParseFrom(message);
        }
    }

    /// <summary>The lines that a resource has written until now.</summary>
    public async Task<List<ConsoleLogLine>> ReadLogAsync(string resource, CancellationToken cancellationToken)
    {
        using var response = await CallAsync("WatchResourceConsoleLogs", new ConsoleLogsRequest { Resource = resource, HistoryOnly = true });
        var lines = new List<ConsoleLogLine>();
        await foreach (var update in ReadAsync(response, ConsoleLogsUpdate.Parser, cancellationToken))
        {
            lines.AddRange(update.Lines);
        }

        response.TrailingHeaders.GetValues("grpc-status").ShouldHaveSingleItem().ShouldBe("0");
        return lines;
    }

    /// <summary>The resources as they are now.</summary>
    public async Task<IReadOnlyList<ResourceState>> ListAsync(CancellationToken cancellationToken)
    {
        using var response = await WatchResourcesAsync();
        await foreach (var update in ReadAsync(response, WatchResourcesUpdate.Parser, cancellationToken))
        {
            return update.All.Resources;
        }

        throw new InvalidOperationException("The answer ended before it told anything.");
    }

    /// <summary>What the dashboard calls a resource.</summary>
    public async Task<string> IdOfAsync(string resource, CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken)).Single(state => state.DisplayName == resource).Id;

    public void Dispose() => _client.Dispose();
}
