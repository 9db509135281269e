using System.Globalization;

namespace Softy.AppHost.Compose;

/// <summary>
/// Resolves the values of the application model to text for a compose file. Addresses become service names, and
/// parameters become variables of <c>.env</c>. A value that cannot be resolved is an error instead of an empty string.
/// </summary>
/// <param name="deployed">The resources to deploy.</param>
internal sealed class ComposeValues(IReadOnlySet<IResource> deployed)
{
    private readonly Dictionary<string, ParameterResource> _parameters = new(StringComparer.Ordinal);

    /// <summary>The parameters that were resolved, by variable name.</summary>
    public IReadOnlyDictionary<string, ParameterResource> Parameters => _parameters;

    /// <summary>Escapes dollar signs, which Compose would read as the start of a variable.</summary>
    public static string Escape(string text) => text.Replace("$", "$$", StringComparison.Ordinal);

    /// <summary>Resolves a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="resource">The name of the resource, for error messages.</param>
    /// <param name="key">What the value is, for error messages.</param>
    /// <param name="hostPrefix">The prefix of host names.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The resolved text.</returns>
    /// <exception cref="PublishException">The value cannot be resolved in a deployment.</exception>
    public async Task<string> ResolveAsync(
        object? value,
        string resource,
        string key,
        string hostPrefix,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await ResolveAsync(value, hostPrefix, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new PublishException($"{key} of resource '{resource}' cannot be published: {e.Message}");
        }
    }

    private async Task<string> ResolveAsync(object? value, string hostPrefix, CancellationToken cancellationToken) =>
        value switch
        {
            string text => Escape(text),
            ParameterResource parameter => Variable(parameter),
            EndpointReference endpoint => Endpoint(endpoint, EndpointProperty.Url, hostPrefix),
            EndpointReferenceExpression part => Endpoint(part.Endpoint, part.Property, hostPrefix),
            ConnectionStringReference reference => await ResolveAsync(
                reference.Resource.ConnectionStringExpression,
                hostPrefix,
                cancellationToken
            ),
            IResourceWithConnectionString store => await ResolveAsync(
                store.ConnectionStringExpression,
                hostPrefix,
                cancellationToken
            ),
            ReferenceExpression { IsConditional: true } choice => await ResolveAsync(
                await ChooseAsync(choice, cancellationToken),
                hostPrefix,
                cancellationToken
            ),
            ReferenceExpression expression => await FormatAsync(expression, hostPrefix, cancellationToken),
            null => throw new NotSupportedException("it has no value."),
            _ => throw new NotSupportedException($"values of the type {value.GetType().Name} are not supported."),
        };

    private static async Task<ReferenceExpression?> ChooseAsync(
        ReferenceExpression choice,
        CancellationToken cancellationToken
    )
    {
        var condition = await choice.Condition!.GetValueAsync(cancellationToken);
        return string.Equals(condition, choice.MatchValue, StringComparison.OrdinalIgnoreCase)
            ? choice.WhenTrue
            : choice.WhenFalse;
    }

    private async Task<string> FormatAsync(
        ReferenceExpression expression,
        string hostPrefix,
        CancellationToken cancellationToken
    )
    {
        var parts = new object[expression.ValueProviders.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            var part = await ResolveAsync(expression.ValueProviders[i], hostPrefix, cancellationToken);
            parts[i] = expression.StringFormats[i] switch
            {
                null => part,

                // Values in .env cannot be encoded here. Softy's own secrets need no encoding.
                "uri" => expression.ValueProviders[i] is ParameterResource ? part : Uri.EscapeDataString(part),
                var format => throw new NotSupportedException($"the format '{format}' is not supported."),
            };
        }

        return string.Format(CultureInfo.InvariantCulture, Escape(expression.Format), parts);
    }

    private string Variable(ParameterResource parameter)
    {
        var name = VariableName(parameter.Name);
        _parameters[name] = parameter;
        return $"${{{name}}}";
    }

    /// <summary>Converts the name of a resource to a variable name.</summary>
    public static string VariableName(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));

    private string Endpoint(EndpointReference endpoint, EndpointProperty property, string hostPrefix)
    {
        if (!deployed.Contains(endpoint.Resource))
        {
            throw new NotSupportedException(
                $"it is an address of resource '{endpoint.Resource.Name}', which is not part of the deployment."
            );
        }

        var host = hostPrefix + AppModelReader.ServiceName(endpoint.Resource);
        var port = AppModelReader.Port(endpoint.Resource, endpoint.EndpointAnnotation);
        return property switch
        {
            EndpointProperty.Url => $"{endpoint.Scheme}://{host}:{port}",
            EndpointProperty.Host or EndpointProperty.IPV4Host => host,
            EndpointProperty.Port or EndpointProperty.TargetPort => port,
            EndpointProperty.HostAndPort => $"{host}:{port}",
            EndpointProperty.Scheme => endpoint.Scheme,
            EndpointProperty.TlsEnabled => endpoint.TlsEnabled.ToString(),
            _ => throw new NotSupportedException($"the endpoint property {property} is not supported."),
        };
    }
}
