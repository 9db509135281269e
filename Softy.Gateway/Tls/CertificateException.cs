namespace Softy.Gateway.Tls;

/// <summary>A certificate cannot be used.</summary>
/// <param name="message">Which file, and what is wrong with it, for an operator; no secret.</param>
internal sealed class CertificateException(string message) : Exception(message);
