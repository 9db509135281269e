using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Softy.ServiceDefaults.Sockets;

/// <summary>On which thread a request goes on that has waited for a socket.</summary>
public static class SocketExtensions
{
    /// <summary>The variable that .NET reads once, before its first socket waits. There is no option for it.</summary>
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// Answers a request on the thread that has seen its bytes come, of which there is one for each core, instead of waking one
    /// or two others first: behind a gateway, where requests come one at a time, most of a small request's cost is that.
    /// </summary>
    /// <remarks>
    /// For services that wait for nothing but sockets and never block: whoever blocks such a thread holds up every
    /// connection that it watches. A gateway is none: it copies for as long as both sides are fast.
    /// An <see cref="InlineCompletions"/> in the environment, of any value, is left as it is.
    /// </remarks>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to set up, before anything in its process has used a socket.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddInlineSockets<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
        {
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        }

        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        return builder;
    }
}
