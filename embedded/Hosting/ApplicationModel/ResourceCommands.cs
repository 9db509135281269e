using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A command of a resource. Stands for Aspire's class of that name.</summary>
/// <param name="name">Its name.</param>
/// <param name="displayName">Its name for people.</param>
/// <param name="updateState">Whether it can be given, by the state of the resource.</param>
/// <param name="executeCommand">Carries it out.</param>
/// <param name="options">How it is shown.</param>
internal sealed class ResourceCommandAnnotation(
    string name,
    string displayName,
    Func<CustomResourceSnapshot, ResourceCommandState> updateState,
    Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
    CommandOptions options) : IResourceAnnotation
{
    public string Name { get; } = name;

    public Func<ExecuteCommandContext, Task<ExecuteCommandResult>> ExecuteCommand { get; } = executeCommand;

    public ResourceCommandSnapshot Describe(CustomResourceSnapshot snapshot) => new(
        Name,
        updateState(snapshot),
        displayName,
        options.Description,
        options.ConfirmationMessage,
        options.IconName,
        options.IsHighlighted);
}

/// <summary>How a command is shown. Stands for Aspire's class of that name.</summary>
public class CommandOptions
{
    /// <summary>What it does.</summary>
    public string? Description { get; set; }

    /// <summary>What to ask before.</summary>
    public string? ConfirmationMessage { get; set; }

    /// <summary>The icon.</summary>
    public string? IconName { get; set; }

    /// <summary>Whether lists show it as a button.</summary>
    public bool IsHighlighted { get; set; }
}

/// <summary>What a command works on. Stands for Aspire's class of that name.</summary>
public sealed class ExecuteCommandContext
{
    /// <summary>The host's services.</summary>
    public required IServiceProvider ServiceProvider { get; init; }

    /// <summary>The id of the resource.</summary>
    public required string ResourceName { get; init; }

    /// <summary>Ends the work.</summary>
    public required CancellationToken CancellationToken { get; init; }

    /// <summary>Writes to the log of the resource.</summary>
    public required ILogger Logger { get; init; }
}

/// <summary>What came of a command. Stands for Aspire's class of that name.</summary>
public sealed class ExecuteCommandResult
{
    /// <summary>Whether it was carried out.</summary>
    public required bool Success { get; init; }

    /// <summary>Whether it was given up.</summary>
    public bool Canceled { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Message { get; init; }
}

/// <summary>Makes results of commands. Stands for Aspire's class of that name.</summary>
public static class CommandResults
{
    /// <summary>It was carried out.</summary>
    /// <returns>The result.</returns>
    public static ExecuteCommandResult Success() => new() { Success = true };

    /// <summary>It failed.</summary>
    /// <param name="message">Why.</param>
    /// <returns>The result.</returns>
    public static ExecuteCommandResult Failure(string message) => new() { Success = false, Message = message };

    /// <summary>It was given up.</summary>
    /// <returns>The result.</returns>
    public static ExecuteCommandResult Canceled() => new() { Success = false, Canceled = true };
}

/// <summary>The names of the commands that every process has. Stands for Aspire's class of that name.</summary>
public static class KnownResourceCommands
{
    /// <summary>Starts it.</summary>
    public static readonly string StartCommand = "start";

    /// <summary>Stops it.</summary>
    public static readonly string StopCommand = "stop";

    /// <summary>Stops and starts it.</summary>
    public static readonly string RestartCommand = "restart";
}

/// <summary>Gives commands to resources. Stands for Aspire's class of that name.</summary>
public sealed class ResourceCommandService
{
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _logs;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(
        ResourceNotificationService notifications, ResourceLoggerService logs, IServiceProvider services)
    {
        _notifications = notifications;
        _logs = logs;
        _services = services;
    }

    /// <summary>Gives a command to a resource.</summary>
    /// <param name="resourceId">The id or name of the resource.</param>
    /// <param name="commandName">The command.</param>
    /// <param name="cancellationToken">Gives the command up.</param>
    /// <returns>What came of it.</returns>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(
        string resourceId, string commandName, CancellationToken cancellationToken = default) =>
        _notifications.TryGetCurrentState(resourceId, out var state)
            ? ExecuteCommandAsync(state.Resource, commandName, cancellationToken)
            : Task.FromResult(CommandResults.Failure($"Resource '{resourceId}' not found."));

    /// <summary>Gives a command to a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="commandName">The command.</param>
    /// <param name="cancellationToken">Gives the command up.</param>
    /// <returns>What came of it.</returns>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(
        IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        var command = resource.Annotations.OfType<ResourceCommandAnnotation>().SingleOrDefault(c => c.Name == commandName);
        if (command is null)
        {
            return CommandResults.Failure($"Command '{commandName}' not available for resource '{resource.Name}'.");
        }

        try
        {
            return await command.ExecuteCommand(new ExecuteCommandContext
            {
                ServiceProvider = _services,
                ResourceName = resource.Name,
                CancellationToken = cancellationToken,
                Logger = _logs.GetLogger(resource),
            });
        }
        catch (OperationCanceledException)
        {
            return CommandResults.Canceled();
        }
        catch (Exception e)
        {
            _logs.Write(resource.Name, $"The command '{commandName}' failed: {e.Message}", isError: true);
            return CommandResults.Failure(e.Message);
        }
    }
}
