namespace Softy.Api.Http;

/// <summary>
/// Turns HEAD into GET before routing, so that every endpoint of GET handles it. The server still sends no body in
/// response to HEAD, whatever the endpoint writes.
/// </summary>
internal sealed class HeadStartupFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            app.Use(pipeline =>
                context =>
                {
                    if (HttpMethods.IsHead(context.Request.Method))
                    {
                        context.Features.Set(HeadRequest.Instance);
                        context.Request.Method = HttpMethods.Get;
                    }
                    else if (!HttpMethods.IsGet(context.Request.Method))
                    {
                        context.Response.OnStarting(CompleteAllow, context.Response);
                    }

                    return pipeline(context);
                }
            );
            next(app);
        };

    /// <summary>
    /// Adds HEAD to the methods that a response with 405 lists, because the routes do not have it.
    /// </summary>
    private static Task CompleteAllow(object state)
    {
        var response = (HttpResponse)state;
        if (
            response.StatusCode == StatusCodes.Status405MethodNotAllowed
            && response.Headers.Allow is { Count: > 0 } allow
            && allow.ToString().Split(", ").Contains(HttpMethods.Get)
        )
        {
            response.Headers.Allow = $"{allow}, {HttpMethods.Head}";
        }

        return Task.CompletedTask;
    }
}

/// <summary>The feature of a request that came as HEAD.</summary>
internal sealed class HeadRequest
{
    public static readonly HeadRequest Instance = new();

    private HeadRequest() { }

    /// <summary>Whether a request came as HEAD, so that its response has no body.</summary>
    public static bool IsHead(HttpContext context) => context.Features.Get<HeadRequest>() is not null;
}
