using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Softy.Api.Json;

/// <summary>
/// How the API reads and writes JSON: in camel case, read strictly, with printable characters unescaped.
/// </summary>
internal static class JsonFormat
{
    private static readonly JavaScriptEncoder _encoder = new UnicodeJsonEncoder();

    /// <summary>
    /// Creates options for a context that reads or writes JSON without the framework. Options belong to one context, so
    /// each context needs its own.
    /// </summary>
    public static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Apply(options);
        return options;
    }

    /// <summary>Sets the format in options that have the web defaults.</summary>
    public static void Apply(JsonSerializerOptions options)
    {
        options.AllowDuplicateProperties = false;
        options.Encoder = _encoder;
        options.NumberHandling = JsonNumberHandling.Strict;
    }
}
