using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Gateway.Configuration;

/// <summary>
/// Provides options that can change while the gateway runs. Reading them costs a field access. Invalid changes are
/// logged and ignored, and the previous values stay in effect. An <see cref="IOptionsMonitor{TOptions}"/> would throw
/// in the code that reads the options next.
/// </summary>
/// <typeparam name="TOptions">The type of the options.</typeparam>
internal sealed partial class LiveOptions<[DynamicallyAccessedMembers(AnnotationValidator.Members)] TOptions>
    : IDisposable
    where TOptions : class, IGatewayOptions
{
    private readonly IOptionsFactory<TOptions> _factory;
    private readonly ILogger _logger;
    private readonly IDisposable _registration;
    private volatile TOptions _current;

    public LiveOptions(
        IOptionsFactory<TOptions> factory,
        IConfiguration configuration,
        ILogger<LiveOptions<TOptions>> logger
    )
    {
        _factory = factory;
        _logger = logger;
        _current = factory.Create(Options.DefaultName);
        _registration = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    /// <summary>Raised after <see cref="Current"/> was replaced.</summary>
    public event EventHandler? Changed;

    /// <summary>The current values.</summary>
    public TOptions Current => _current;

    public void Dispose() => _registration.Dispose();

    private void Reload()
    {
        try
        {
            _current = _factory.Create(Options.DefaultName);
        }
        catch (OptionsValidationException exception)
        {
            LogRejected(TOptions.Section, exception.Message);
            return;
        }

        Changed?.Invoke(this, EventArgs.Empty);
    }

    [LoggerMessage(
        1,
        LogLevel.Error,
        "The changed settings of {Section} are invalid; the previous ones stay in use: {Error}"
    )]
    private partial void LogRejected(string section, string error);
}
