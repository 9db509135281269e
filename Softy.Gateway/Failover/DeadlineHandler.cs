namespace Softy.Gateway.Failover;

/// <summary>
/// Ends an attempt whose request has no time left. Only until the answer begins: what has begun may take as long as it needs.
/// </summary>
internal sealed class DeadlineHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    ) =>
        SingleSendTransform.GetProxiedRequest(request)?.RemainingTime is { } remainingTime
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
