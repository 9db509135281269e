using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Softy.AppHost.Dashboard;

/// <summary>The gateway's dashboard command that changes the balancing policy while the gateway runs.</summary>
internal static class PolicyCommand
{
    /// <summary>The name of the command for <c>aspire resource gateway change-policy</c> and tests.</summary>
    public const string Name = "change-policy";

    /// <summary>The name of the command's argument.</summary>
    public const string Argument = "policy";

    /// <summary>Adds the command and a settings file. The gateway reloads the file when it changes.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithPolicyCommand(this IResourceBuilder<ProjectResource> gateway)
    {
        var folder = Directory.CreateTempSubdirectory("softy-").FullName;
        var file = Path.Combine(folder, "gateway.json");
        File.WriteAllText(file, "{}");
        gateway.ApplicationBuilder.Eventing.Subscribe<BeforeStartEvent>(
            (start, _) =>
            {
                start
                    .Services.GetRequiredService<IHostApplicationLifetime>()
                    .ApplicationStopped.Register(() => Directory.Delete(folder, recursive: true));
                return Task.CompletedTask;
            }
        );

        return gateway
            .WithEnvironment("Settings__File", file)
            .WithCommand(
                Name,
                "Change the policy",
                context => ChangeAsync(file, context),
                new CommandOptions
                {
                    Description = "Changes how the gateway chooses a replica, until the application stops.",
                    IconName = "Options",
                    UpdateState = SendRequestsCommand.RunningOnly,
                    Arguments =
                    [
                        new InteractionInput
                        {
                            Name = Argument,
                            Label = "Policy",
                            InputType = InputType.Choice,
                            Required = true,
                            Options =
                            [
                                .. AppHostOptions.Policies.Select(policy => KeyValuePair.Create(policy, policy)),
                            ],
                        },
                    ],
                }
            );
    }

    private static async Task<ExecuteCommandResult> ChangeAsync(string file, ExecuteCommandContext context)
    {
        var wanted = context.Arguments.TryGetByName(Argument, out var input) ? input.Value : null;
        if (AppHostOptions.Policies.FirstOrDefault(policy => policy == wanted) is not { } known)
        {
            return CommandResults.Failure(
                $"'{wanted}' is not a policy. Policies: {string.Join(", ", AppHostOptions.Policies)}."
            );
        }

        // Replaces the file atomically, so that the gateway never reads an incomplete one.
        var draft = file + ".draft";
        var settings = new JsonObject { ["Gateway"] = new JsonObject { ["Policy"] = known } };
        await File.WriteAllTextAsync(draft, settings.ToJsonString(), context.CancellationToken);
        File.Move(draft, file, overwrite: true);
        return CommandResults.Success($"The gateway's policy is {known}.");
    }
}
