namespace Softy.Gateway.Tls;

/// <summary>The exception for a certificate that cannot be used.</summary>
/// <param name="message">The file and its problem. The message is logged, so it must not contain secrets.</param>
internal sealed class CertificateException(string message) : Exception(message);
