namespace Softy.Gateway.Tls;

/// <summary>
/// Checks the certificates' files for changes once a second. File system notifications miss some changes, such as those
/// of symbolic links, which certbot uses, and of mounted files.
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
