namespace Softy.Gateway.Tls;

/// <summary>
/// Looks at the certificates' files, once a second. Nothing tells of every change: not where a link leads elsewhere, as
/// certbot's do, nor of a file that is mounted from elsewhere.
/// </summary>
internal sealed class CertificateRefresh(CertificateStore certificates, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            certificates.Refresh();
        }
    }
}
