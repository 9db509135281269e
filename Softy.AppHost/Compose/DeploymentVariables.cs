using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Softy.AppHost.Compose;

/// <summary>
/// The variables of a deployment's <c>.env</c>, which change the deployment without publishing it again.
/// </summary>
/// <param name="configuration">The application's configuration.</param>
/// <param name="options">The options of the application.</param>
internal sealed class DeploymentVariables(IConfiguration configuration, AppHostOptions options)
{
    public const string GatewayPort = "${GATEWAY_PORT:-80}";
    public const string GatewayPolicy = "${GATEWAY_POLICY:-RoundRobin}";
    public const string Greeting = "Greeting__Message";
    public const string Tag = "${SOFTY_TAG:-latest}";
    public const string Registry = "${REGISTRY:-127.0.0.1:5000}";
    public const string DashboardPort = "${DASHBOARD_PORT:-18888}";
    public const string TelemetryProtocol = "${OTEL_EXPORTER_OTLP_PROTOCOL:-grpc}";

    /// <summary>
    /// The registry from which the machines of a swarm pull the images. It is the initial value of <c>REGISTRY</c> in
    /// the <c>.env</c> of a deployment for Docker Swarm, and has no effect on one for Docker Compose.
    /// </summary>
    /// <value>text; <c>127.0.0.1:5000</c>; a registry as it is written in the name of an image</value>
    public const string RegistryKey = "Deployment:Registry";

    private const string TelemetryEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>The OpenTelemetry variables that are passed to the services unchanged.</summary>
    public static readonly string[] Telemetry =
    [
        TelemetryEndpoint,
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_TRACES_SAMPLER",
        "OTEL_TRACES_SAMPLER_ARG",
    ];

    private bool IsCompose => options.Target == DeploymentTarget.Compose;

    /// <summary>Creates a reference to the variable with the number of replicas.</summary>
    /// <param name="resource">The service's resource.</param>
    /// <param name="count">The default number.</param>
    /// <returns>A reference to the variable.</returns>
    public static string Replicas(IResource resource, int count) =>
        $"${{{ReplicasName(resource)}:-{count.ToString(CultureInfo.InvariantCulture)}}}";

    /// <summary>Adds all variables that the deployment uses, and keeps existing values.</summary>
    /// <param name="file">The user's existing file, or an empty one.</param>
    /// <param name="resources">The resources of the deployment.</param>
    /// <param name="parameters">The parameters of the resources, by variable name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that completes when all variables have values.</returns>
    /// <exception cref="PublishException">A parameter has no value.</exception>
    public async Task FillAsync(
        VariablesFile file,
        IReadOnlyList<IResource> resources,
        IReadOnlyDictionary<string, ParameterResource> parameters,
        CancellationToken cancellationToken
    )
    {
        foreach (var resource in resources)
        {
            if (resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault() is { Replicas: var count })
            {
                file.Add(
                    ReplicasName(resource),
                    count.ToString(CultureInfo.InvariantCulture),
                    $"How many replicas of '{resource.Name}' run."
                );
            }
        }

        if (IsCompose)
        {
            file.Add("COMPOSE_PROJECT_NAME", "softy", "The prefix of the names of containers and volumes.");
            file.Add("DASHBOARD_PORT", "18888", "The port of the Aspire dashboard on this machine, if it is enabled.");
        }

        file.Add(
            "GATEWAY_POLICY",
            options.Policy,
            $"How the gateway balances: {string.Join(", ", AppHostOptions.Policies)}."
        );
        file.Add("GATEWAY_PORT", configuration["Gateway:Port"] ?? "80", "The port of Softy.");
        foreach (var (name, parameter) in parameters)
        {
            await AddParameterAsync(file, name, parameter, cancellationToken);
        }

        var postgres = resources.OfType<PostgresServerResource>().FirstOrDefault();
        if (postgres is not null && PostgresVersion.ModelTag(postgres) is { } tag)
        {
            file.Add(
                PostgresVersion.Tag,
                tag,
                "The version of PostgreSQL. Keep the major version unless you migrate the data (docs/deployment.md)."
            );
        }

        if (!IsCompose)
        {
            file.Add("REGISTRY", configuration[RegistryKey] ?? "127.0.0.1:5000", "The registry with Softy's images.");
        }

        file.Add("SOFTY_TAG", "latest", "The tag of Softy's images.");
        if (postgres is not null)
        {
            file.Suggest(
                PostgresVersion.VolumePath,
                "/var/lib/postgresql/data",
                "The path of the data in the images of PostgreSQL 17 and older."
            );
        }

        file.Suggest(Greeting, "'Good morning, World!'", "What the replicas of the API say at /api/hello.");
        new TlsDeployment(options.Target).Suggest(file);
        AddTelemetry(file);
    }

    private static string ReplicasName(IResource resource) => $"{ComposeValues.VariableName(resource.Name)}_REPLICAS";

    private void AddTelemetry(VariablesFile file)
    {
        if (IsCompose)
        {
            file.Suggest(
                "COMPOSE_PROFILES",
                ComposeDefaults.DashboardProfile,
                "Starts the Aspire dashboard. Services send it telemetry when the next line is on too."
            );
            file.Suggest(
                TelemetryEndpoint,
                ComposeDefaults.TelemetryAddress,
                "Where services send telemetry: the dashboard or your own collector. Without it they collect none."
            );
        }
        else
        {
            file.Suggest(
                TelemetryEndpoint,
                "http://collector:4317",
                "Where services send telemetry: your collector. Without it they collect none."
            );
        }

        file.Suggest(
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "http/protobuf",
            "The protocol of the collector, if it is not grpc."
        );
        file.Suggest("OTEL_EXPORTER_OTLP_HEADERS", "api-key=...", "Headers that the collector needs.");
        file.Suggest(
            "OTEL_TRACES_SAMPLER",
            "parentbased_traceidratio",
            "Which traces are recorded. By default all are, which reduces the throughput considerably."
        );
        file.Suggest("OTEL_TRACES_SAMPLER_ARG", "0.01", "The share of them that parentbased_traceidratio records.");
    }

    private async Task AddParameterAsync(
        VariablesFile file,
        string name,
        ParameterResource parameter,
        CancellationToken cancellationToken
    )
    {
        var description =
            parameter.Description?.ReplaceLineEndings(" ")
            ?? name switch
            {
                "POSTGRES_PASSWORD" => "The password of PostgreSQL. It is set at the first start.",
                "REDIS_PASSWORD" => "The password of Redis.",
                _ => $"The parameter '{parameter.Name}'.",
            };

        // Secrets that Aspire generates are generated again for the deployment, so that it shares no secret with run
        // mode.
        if (parameter is { Secret: true, Default: GenerateParameterDefault })
        {
            file.Add(name, Secrets.Create, description, options.RotateSecrets);
        }
        else if (!file.Has(name))
        {
            file.Add(name, await ReadAsync(parameter, cancellationToken), description);
        }
    }

    private static async Task<string> ReadAsync(ParameterResource parameter, CancellationToken cancellationToken)
    {
        try
        {
            if (await parameter.GetValueAsync(cancellationToken) is { Length: > 0 } value)
            {
                return value;
            }
        }
        catch (MissingParameterValueException)
        {
            // Reported below.
        }

        throw new PublishException(
            $"The parameter '{parameter.Name}' has no value. Give it one: as Parameters:{parameter.Name} in the "
                + $"configuration, or as {ComposeValues.VariableName(parameter.Name)} in the .env of the output folder."
        );
    }
}
