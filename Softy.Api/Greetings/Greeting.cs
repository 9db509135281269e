using Microsoft.Extensions.Options;
using Softy.Api.Http;
using Softy.ServiceDefaults.Startup;

namespace Softy.Api.Greetings;

/// <summary>The encoded greeting, which is updated when its setting changes.</summary>
internal sealed partial class Greeting : IDisposable
{
    private readonly ILogger<Greeting> _logger;
    private readonly IDisposable? _changes;
    private volatile PlainTextResult _current;

    /// <exception cref="StartupException">The setting is not valid.</exception>
    public Greeting(IOptionsMonitor<GreetingOptions> options, ILogger<Greeting> logger)
    {
        _logger = logger;
        var initial = options.CurrentValue;
        _current = initial.FindError() is { } error
            ? throw new StartupException(error)
            : new PlainTextResult(initial.Message);
        // Not validated by the options, because a reload that fails validation throws in the monitor's callback.
        _changes = options.OnChange(Update);
    }

    public PlainTextResult Current => _current;

    public void Dispose() => _changes?.Dispose();

    private void Update(GreetingOptions options)
    {
        if (options.FindError() is { } error)
        {
            LogInvalid(error);
        }
        else
        {
            _current = new PlainTextResult(options.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The greeting stays as it was. {Reason}")]
    private partial void LogInvalid(string reason);
}
