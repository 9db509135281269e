using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Softy.ServiceDefaults.Sockets;

namespace Softy.Tests.Application;

/// <summary>A service that is built with a number of socket queues has that number.</summary>
public sealed class SocketQueueTests
{
    [Fact]
    public void The_number_of_queues_is_an_option_of_the_build()
    {
        var standard = Queues();
        standard.ShouldBeGreaterThan(0);

        AppContext.SetData(SocketExtensions.Queues, "0");
        try
        {
            Queues().ShouldBe(0);
        }
        finally
        {
            AppContext.SetData(SocketExtensions.Queues, null);
        }
    }

    private static int Queues()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddSocketQueues();
        using var services = builder.Services.BuildServiceProvider();
        return services.GetRequiredService<IOptions<SocketTransportOptions>>().Value.IOQueueCount;
    }
}
