namespace Softy.Api.Schema;

/// <summary>The database's schema and this program's migrations do not match. A retry cannot help.</summary>
internal sealed class SchemaException(string message) : Exception(message);
