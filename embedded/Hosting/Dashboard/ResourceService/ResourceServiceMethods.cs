using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.Dashboard.ResourceService.Messages;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Dashboard.ResourceService;

/// <summary>What the dashboard can ask: resources, console logs, commands.</summary>
internal sealed class ResourceServiceMethods(
    ResourceMessages messages,
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    ResourceCommandService commands,
    IHostEnvironment environment,
    IConfiguration configuration)
{
    private const string Service = "/aspire.v1.DashboardService/";
    private const string KeyHeader = "x-resource-service-api-key";
    private const int LongestLine = 64 * 1024;
    private const int MostLinesAtOnce = 50;

    private readonly byte[] _key = Encoding.UTF8.GetBytes(configuration[DashboardResource.ResourceServiceKeyKey]!);

    /// <summary>Answers one call.</summary>
    public async Task HandleAsync(HttpContext context, CancellationToken hostStops)
    {
        context.Response.ContentType = "application/grpc";
        using var call = new GrpcCall(context, hostStops);
        var given = Encoding.UTF8.GetBytes(context.Request.Headers[KeyHeader].ToString());
        if (!CryptographicOperations.FixedTimeEquals(given, _key))
        {
            call.End(GrpcCall.Unauthenticated, $"The header {KeyHeader} has no valid key.");
            return;
        }

        var path = context.Request.Path.Value!;
        try
        {
            var answer = !path.StartsWith(Service, StringComparison.Ordinal) ? null : path[Service.Length..] switch
            {
                "GetApplicationInformation" => TellApplicationAsync(call),
                "WatchResources" => WatchResourcesAsync(call),
                "WatchResourceConsoleLogs" => WatchConsoleLogsAsync(call),
                "ExecuteResourceCommand" => ExecuteCommandAsync(call),
                "WatchInteractions" => StayOpenAsync(call),
                _ => null,
            };
            if (answer is null)
            {
                call.End(GrpcCall.Unimplemented, $"There is no {path} here.");
                return;
            }

            await answer;
            call.End(0);
        }
        catch (Exception) when (call.Ended.IsCancellationRequested)
        {
            call.End(hostStops.IsCancellationRequested ? GrpcCall.Unavailable : GrpcCall.Cancelled);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or Google.Protobuf.InvalidProtocolBufferException)
        {
            call.End(GrpcCall.InvalidArgument, e.Message);
        }
    }

    private async Task TellApplicationAsync(GrpcCall call)
    {
        const string suffix = ".AppHost";
        var name = environment.ApplicationName;
        await call.WriteAsync(new ApplicationInformation
        {
            Name = name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name,
        });
    }

    private async Task WatchResourcesAsync(GrpcCall call)
    {
        await call.BeginAsync();
        var isFirst = true;
        await foreach (var events in LatestChanges.WatchAsync(notifications, call.Ended))
        {
            var states = new List<ResourceState>(events.Count);
            foreach (var change in events)
            {
                states.Add(await ResourceMessages.DescribeAsync(change, call.Ended));
            }

            if (isFirst)
            {
                var all = new AllResources();
                all.Resources.AddRange(states);
                await call.WriteAsync(new WatchResourcesUpdate { All = all });
                isFirst = false;
                continue;
            }

            var changes = new ResourceChanges();
            changes.Changes.AddRange(states.Select(state => new ResourceChange { Changed = state }));
            await call.WriteAsync(new WatchResourcesUpdate { Changes = changes });
        }
    }

    private async Task WatchConsoleLogsAsync(GrpcCall call)
    {
        var request = await call.ReadAsync(ConsoleLogsRequest.Parser);
        var resource = messages.NameOf(request.Resource);
        await call.BeginAsync();
        var batches = request.HistoryOnly ? logs.GetAllAsync(resource) : logs.WatchAsync(resource);
        await foreach (var lines in batches.WithCancellation(call.Ended))
        {
            foreach (var some in lines.Chunk(MostLinesAtOnce))
            {
                var update = new ConsoleLogsUpdate();
                update.Lines.AddRange(some.Select(line => new ConsoleLogLine
                {
                    Text = line.Content.Length > LongestLine ? line.Content[..LongestLine] : line.Content,
                    IsError = line.IsErrorMessage,
                    Number = line.LineNumber,
                }));
                await call.WriteAsync(update);
            }
        }
    }

    private async Task ExecuteCommandAsync(GrpcCall call)
    {
        var request = await call.ReadAsync(CommandRequest.Parser);

        // A dashboard that goes away does not take back what its user has ordered.
        var result = await commands.ExecuteCommandAsync(messages.NameOf(request.Resource), request.Command);
        var response = new CommandResponse
        {
            Outcome = result.Success ? CommandOutcome.Succeeded : result.Canceled ? CommandOutcome.Cancelled : CommandOutcome.Failed,
        };
        if (result.Message is { } message)
        {
            response.Error = response.Message = message;
        }

        await call.WriteAsync(response);
    }

    // This host asks its user nothing.
    private static async Task StayOpenAsync(GrpcCall call)
    {
        await call.BeginAsync();
        await Task.Delay(Timeout.Infinite, call.Ended);
    }
}
