namespace Softy.Api.Http;

/// <summary>
/// Lets HEAD do what GET does, wherever GET is, before a route is looked for. The server sends no body to a client
/// that has asked by HEAD, whatever the rest of the application writes.
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
    /// The answer "this method is not allowed" names those that are, and the routes do not know of HEAD.
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

/// <summary>Marks a request that came as HEAD.</summary>
internal sealed class HeadRequest
{
    public static readonly HeadRequest Instance = new();

    private HeadRequest() { }

    /// <summary>Whether a request came as HEAD: its answer ends with the headers.</summary>
    public static bool Is(HttpContext context) => context.Features.Get<HeadRequest>() is not null;
}
