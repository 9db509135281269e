using Microsoft.AspNetCore.Http;

namespace Softy.Tests.Gateway.Support;

/// <summary>Answers of a <see cref="Backend"/> that many tests need.</summary>
internal static class Answers
{
    /// <summary>An empty response with a status code.</summary>
    public static RequestDelegate Status(int code) =>
        context =>
        {
            context.Response.StatusCode = code;
            return Task.CompletedTask;
        };

    /// <summary>No response, until the client gives up.</summary>
    public static Task HangAsync(HttpContext context) => Task.Delay(Timeout.Infinite, context.RequestAborted);

    /// <summary>A response after the whole body of the request was read.</summary>
    public static async Task ReadBodyAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        await context.Response.WriteAsync("ok", context.RequestAborted);
    }

    /// <summary>An event stream that stays open after its first event.</summary>
    public static async Task StreamEventsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("data: 1\n\n", context.RequestAborted);
        await HangAsync(context);
    }
}
