namespace Softy.ServiceDefaults.Startup;

/// <summary>A service cannot start. The message tells the operator what is wrong and what to do.</summary>
/// <param name="message">What is wrong, where, and what to do.</param>
public sealed class StartupException(string message) : Exception(message);
