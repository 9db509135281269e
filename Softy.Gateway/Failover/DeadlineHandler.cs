namespace Softy.Gateway.Failover;

/// <summary>
/// Cancels an attempt when the deadline of its request passes before the response starts. A response that has started
/// may take as long as it needs.
/// </summary>
internal sealed class DeadlineHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    ) =>
        DestinationUri.GetProxiedRequest(request)?.RemainingTime is { } remainingTime
            ? SendWithDeadlineAsync(request, remainingTime, cancellationToken)
            : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> SendWithDeadlineAsync(
        HttpRequestMessage request,
        TimeSpan remainingTime,
        CancellationToken cancellationToken
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(remainingTime > TimeSpan.Zero ? remainingTime : TimeSpan.Zero);
        return await base.SendAsync(request, deadline.Token);
    }
}
