namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value given from outside. Stands for Aspire's class of that name.</summary>
/// <param name="name">The name; the value is the configuration value <c>Parameters:name</c>.</param>
/// <param name="callback">Computes the value; it throws when there is none.</param>
/// <param name="secret">Whether the value must not be shown.</param>
public class ParameterResource(string name, Func<string> callback, bool secret = false)
    : Resource(name), IManifestExpressionProvider, IValueProvider
{
    private readonly Lazy<string> _value = new(callback);

    /// <summary>Whether the value must not be shown.</summary>
    public bool Secret { get; } = secret;

    /// <inheritdoc />
    public string ValueExpression => $"{{{Name}.value}}";

    /// <inheritdoc />
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(_value.Value);
}
