using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Softy.ServiceDefaults;

namespace Softy.Tests.Application;

/// <summary>A service is healthy when it has started completely, not when its first port answers.</summary>
public sealed class StartedHealthTests
{
    [Fact]
    public async Task A_service_that_is_still_starting_is_alive_and_not_healthy()
    {
        var starting = new SlowStart();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        builder.Services.AddSingleton<IHostedService>(starting);
        await using var app = builder.Build();
        app.MapDefaultEndpoints();
        var started = app.StartAsync(Cancellation);
        await starting.Reached.WaitAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        (await StatusAsync("/health")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await StatusAsync("/alive")).ShouldBe(HttpStatusCode.OK);
        starting.Finish();
        await started;
        (await StatusAsync("/health")).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> StatusAsync(string path)
        {
            using var response = await client.GetAsync(path, Cancellation);
            return response.StatusCode;
        }
    }

    /// <summary>Holds the start after the server listens.</summary>
    private sealed class SlowStart : IHostedLifecycleService
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Finish() => _finished.SetResult();

        public Task StartedAsync(CancellationToken cancellationToken)
        {
            _reached.SetResult();
            return _finished.Task;
        }

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
