namespace Softy.Api.Notifications;

/// <summary>Adds notifications of changes.</summary>
internal static class NotificationExtensions
{
    public static void AddNotifications(this IHostApplicationBuilder builder) =>
        builder.Services.AddSingleton<ChangeNotifications>();
}
