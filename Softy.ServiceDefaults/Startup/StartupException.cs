namespace Softy.ServiceDefaults.Startup;

/// <summary>A service cannot start, and the message says to an operator what is wrong and what to do.</summary>
/// <param name="message">What is wrong, where, and what to do.</param>
public sealed class StartupException(string message) : Exception(message);
