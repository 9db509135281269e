using System.Globalization;

namespace Softy.AppHost.Compose;

/// <summary>
/// Turns the values of the application model into text for a compose file: addresses become names of services,
/// parameters become variables of <c>.env</c>. A value that means nothing there is an error, never an empty string.
/// </summary>
/// <param name="deployed">The resources that are part of the deployment.</param>
internal sealed class ComposeValues(IReadOnlySet<IResource> deployed)
{
    private readonly Dictionary<string, ParameterResource> _parameters = new(StringComparer.Ordinal);

    /// <summary>The parameters that were met, by the names of their variables.</summary>
    public IReadOnlyDictionary<string, ParameterResource> Parameters => _parameters;

    /// <summary>Keeps Compose from taking a dollar sign for the beginning of a variable.</summary>
    public static string Escape(string text) => text.Replace("$", "$$", StringComparison.Ordinal);

    /// <summary>Resolves a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="resource">The name of the resource that has it, for errors.</param>
    /// <param name="key">What of the resource it is, for errors.</param>
    /// <param name="hostPrefix">What the names of hosts begin with.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The text.</returns>
    /// <exception cref="PublishException">The value means nothing in a deployment.</exception>
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
            _ => throw new NotSupportedException($"nothing is known of values of the type {value.GetType().Name}."),
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

                // What is in .env can be encoded by the one who writes it only; Softy's own secrets need no encoding.
                "uri" => expression.ValueProviders[i] is ParameterResource ? part : Uri.EscapeDataString(part),
                var format => throw new NotSupportedException($"nothing is known of the format '{format}'."),
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

    /// <summary>How a resource's name is spelt in variables.</summary>
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
            _ => throw new NotSupportedException($"nothing is known of an endpoint's {property}."),
        };
    }
}
