using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Softy.ServiceDefaults.Sockets;

/// <summary>Chooses the thread that continues a request after it waited for a socket.</summary>
public static class SocketExtensions
{
    /// <summary>
    /// The switch in a service's <c>runtimeconfig.json</c>. Images and the benchmark are built with it.
    /// </summary>
    public const string Switch = "Softy.InlineSockets";

    /// <summary>
    /// The number of Kestrel's queues between sockets and requests, in <c>runtimeconfig.json</c>. Images and the
    /// benchmark are built with it.
    /// </summary>
    public const string Queues = "Softy.SocketQueues";

    /// <summary>
    /// The variable that .NET reads once, before the first socket operation. There is no other option for it.
    /// </summary>
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// Where the service is built with <see cref="Switch"/>, handles a request on the thread that read its bytes, of
    /// which there is one per core, instead of queueing it to the thread pool. Waking other threads is most of the cost
    /// of a small request behind a gateway.
    /// </summary>
    /// <remarks>
    /// Only for services that never block a thread: a blocked thread delays every connection that it polls. The gateway
    /// does not use it, because copying a large body occupies a thread for as long as both sides are fast. A value of
    /// <see cref="InlineCompletions"/> in the environment is kept.
    /// </remarks>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to, before anything in the process has used a socket.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddInlineSockets<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        if (!AppContext.TryGetSwitch(Switch, out var isOn) || !isOn)
        {
            return builder;
        }

        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
        {
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        }

        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        return builder;
    }

    /// <summary>
    /// Where the service is built with <see cref="Queues"/> = 0, hands each read and write of a socket to the thread
    /// pool itself. Kestrel's queues process several of them one after the other on one thread, which saves wake-ups
    /// on machines with many cores. With few cores, the thread pool is busy anyway, and the queue is only another hop.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddSocketQueues<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        if (
            AppContext.GetData(Queues) is { } value
            && int.TryParse(value.ToString(), CultureInfo.InvariantCulture, out var queues)
        )
        {
            builder.Services.Configure<SocketTransportOptions>(sockets => sockets.IOQueueCount = queues);
        }

        return builder;
    }
}
