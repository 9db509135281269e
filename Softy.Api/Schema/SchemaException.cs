namespace Softy.Api.Schema;

/// <summary>The database's schema and this program's migrations do not fit; trying again cannot help.</summary>
internal sealed class SchemaException(string message) : Exception(message);
