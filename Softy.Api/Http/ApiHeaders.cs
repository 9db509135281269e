namespace Softy.Api.Http;

/// <summary>The names of the API's own headers, and of those that ASP.NET Core has no constants for.</summary>
internal static class ApiHeaders
{
    public const string AccelBuffering = "X-Accel-Buffering";
    public const string IdempotencyKey = "Idempotency-Key";
    public const string LastEventId = "Last-Event-ID";
    public const string OwnerToken = "X-Owner-Token";
}
