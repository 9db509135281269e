using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Parameters;

/// <summary>
/// Makes the parameters known, with their values, before anything starts: those of the model, and those that only the
/// resources know which use them, such as generated passwords. Aspire shows both.
/// </summary>
internal sealed partial class ParameterStates(
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    TimeProvider time)
{
    /// <summary>Tells the state of every parameter. One without a value is no reason to stop: what needs it will say so.</summary>
    public async Task PublishAsync()
    {
        var used = model.Resources.SelectMany(UsedBy);
        foreach (var parameter in model.Resources.OfType<ParameterResource>().Concat(used).Distinct())
        {
            await PublishAsync(parameter);
        }
    }

    private static IEnumerable<ParameterResource> UsedBy(IResource resource) =>
        ((ParameterResource?[])(resource switch
        {
            PostgresServerResource postgres => [postgres.UserNameParameter, postgres.PasswordParameter],
            RedisResource redis => [redis.PasswordParameter],
            _ => [],
        })).OfType<ParameterResource>();

    private async Task PublishAsync(ParameterResource parameter)
    {
        ResourceStateSnapshot state;
        string value;
        Task? ready = null;
        try
        {
            value = await parameter.GetValueAsync() ?? string.Empty;
            state = new(KnownResourceStates.Running, null);
            ready = Task.CompletedTask;
        }
        catch (Exception e)
        {
            value = e.Message;
            state = e is DistributedApplicationException
                ? new(KnownResourceStates.ValueMissing, KnownResourceStateStyles.Warn)
                : new("Error initializing parameter", KnownResourceStateStyles.Error);
            LogUnreadable(logs.GetLogger(parameter), parameter.Name, e);
        }

        await notifications.PublishUpdateAsync(parameter, snapshot => snapshot with
        {
            ResourceType = "Parameter",
            CreationTimeStamp = time.GetUtcNow().UtcDateTime,
            State = state,
            Properties =
            [
                new("resource.source", $"Parameters:{parameter.Name}"),
                new("Value", value) { IsSensitive = parameter.Secret },
            ],
            ResourceReady = ready,
        });
    }

    [LoggerMessage(LogLevel.Error, "The parameter '{Parameter}' could not be read.")]
    private static partial void LogUnreadable(ILogger logger, string parameter, Exception exception);
}
