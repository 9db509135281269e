using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>Passes what resources write on to the host's own log, a category each.</summary>
internal sealed partial class ResourceLogForwarder(
    ResourceLoggerService logs, ILoggerFactory loggers, IHostEnvironment environment) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        logs.LineWritten += Forward;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "{Number}: {Line}")]
    private static partial void LogLine(ILogger logger, int number, string line);

    [LoggerMessage(LogLevel.Error, "{Number}: {Line}")]
    private static partial void LogErrorLine(ILogger logger, int number, string line);

    private void Forward(string resource, LogLine line)
    {
        var logger = loggers.CreateLogger($"{environment.ApplicationName}.Resources.{resource}");
        if (line.IsErrorMessage)
        {
            LogErrorLine(logger, line.LineNumber, line.Content);
        }
        else
        {
            LogLine(logger, line.LineNumber, line.Content);
        }
    }
}
