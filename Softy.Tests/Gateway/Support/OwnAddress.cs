namespace Softy.Tests.Gateway.Support;

/// <summary>
/// A separate loopback address for each gateway, so that its endpoints can have fixed ports without a conflict.
/// </summary>
internal static class OwnAddress
{
    private static int _last = Random.Shared.Next(1 << 16);

    /// <summary>The port of the TLS endpoint.</summary>
    public const int TlsPort = 8443;

    public static string Next()
    {
        var number = Interlocked.Increment(ref _last);
        return $"127.{100 + (Environment.ProcessId % 100)}.{(number >> 8) & 0xff}.{1 + (number & 0x7f)}";
    }

    /// <summary>The settings of a gateway with a certificate, on a separate address.</summary>
    public static (string Key, string Value)[] WithTls(string certificate, string? key = null) =>
        [
            ("urls", $"http://{Next()}:0"),
            ("Gateway:Tls:Certificates:0:File", certificate),
            ("Gateway:Tls:Certificates:0:Key", key ?? ""),
        ];

    /// <summary>The TLS endpoint of a gateway.</summary>
    public static Uri TlsUrl(this IGateway gateway) => new UriBuilder("https", gateway.Url.Host, TlsPort).Uri;
}
