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
        SentOnce.AttemptOf(request)?.TimeLeft is { } timeLeft
            ? SendInTimeAsync(request, timeLeft, cancellationToken)
            : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> SendInTimeAsync(
        HttpRequestMessage request,
        TimeSpan timeLeft,
        CancellationToken cancellationToken
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeLeft > TimeSpan.Zero ? timeLeft : TimeSpan.Zero);
        return await base.SendAsync(request, deadline.Token);
    }
}
