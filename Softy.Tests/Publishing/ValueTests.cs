using Microsoft.Extensions.Configuration;
using Softy.AppHost;
using Softy.AppHost.Compose;

namespace Softy.Tests.Publishing;

/// <summary>How each kind of value of the application model is published, and which are refused.</summary>
public sealed class ValueTests
{
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder(
        new DistributedApplicationOptions
        {
            Args = ["--operation", "publish", "--step", "publish"],
            DisableDashboard = true,
        }
    );

    [Fact]
    public async Task Addresses_become_names_of_services_and_parameters_become_variables()
    {
        var store = _builder.AddRedis("Store");
        var web = _builder.AddContainer("web", "image", "1").WithHttpEndpoint(port: 80, targetPort: 3000);
        var key = _builder.AddParameter("api-key", secret: true);
        var http = web.GetEndpoint("http");
        var service = _builder
            .AddContainer("x", "image", "1")
            .WithEnvironment("TEXT", "costs $5 {0}")
            .WithEnvironment("URL", http)
            .WithEnvironment("PORT", http.Property(EndpointProperty.Port))
            .WithEnvironment("KEY", key)
            .WithEnvironment("MIXED", $"{http.Property(EndpointProperty.HostAndPort)};$key={key};{{}}")
            .WithReference(store)
            .WithArgs("run", http.Property(EndpointProperty.Host), ReferenceExpression.Create($"--key={key}"));

        var read = await ReadAsync(service);

        read.Command.ShouldBe(["run", "web", "--key=${API_KEY}"]);
        var environment = read.Environment;
        environment["TEXT"].ShouldBe("costs $$5 {0}");
        environment["URL"].ShouldBe("http://web:3000");
        environment["PORT"].ShouldBe("3000");
        environment["KEY"].ShouldBe("${API_KEY}");
        environment["MIXED"].ShouldBe("web:3000;$$key=${API_KEY};{}");

        // The published value is that of the branch without TLS.
        environment["ConnectionStrings__Store"].ShouldBe("store:6379,password=${STORE_PASSWORD}");
        environment["STORE_URI"].ShouldBe("redis://:${STORE_PASSWORD}@store:6379");
    }

    [Fact]
    public async Task A_port_is_named_once_however_many_endpoints_have_it()
    {
        var service = _builder
            .AddContainer("x", "image", "1")
            .WithHttpEndpoint(targetPort: 8080, name: "one")
            .WithHttpEndpoint(targetPort: 8080, name: "two")
            .WithEnvironment("HTTP_PORTS", "8080;8080")
            .WithEnvironment("ASPNETCORE_URLS", "http://+:8080;http://+:9090;http://+:8080");

        var read = await ReadAsync(service);

        read.Expose.ShouldBe(["8080"]);
        read.Environment["HTTP_PORTS"].ShouldBe("8080");
        read.Environment["ASPNETCORE_URLS"].ShouldBe("http://+:8080;http://+:9090");
    }

    [Fact]
    public async Task A_value_of_an_unknown_kind_is_refused_with_resource_and_key()
    {
        var service = _builder
            .AddContainer("x", "image", "1")
            .WithEnvironment(context => context.EnvironmentVariables["WHERE"] = new Uri("http://a"));

        (await RefusalAsync(service)).ShouldBe(
            "The variable WHERE of resource 'x' cannot be published: values of the type Uri are not supported."
        );
    }

    [Fact]
    public async Task A_value_that_is_absent_is_refused()
    {
        var service = _builder
            .AddContainer("x", "image", "1")
            .WithEnvironment(context => context.EnvironmentVariables["WHERE"] = null!);

        (await RefusalAsync(service)).ShouldBe(
            "The variable WHERE of resource 'x' cannot be published: it has no value."
        );
    }

    [Fact]
    public async Task An_argument_that_leads_out_of_the_deployment_is_refused()
    {
        var tool = _builder.AddContainer("tool", "image", "1").WithHttpEndpoint(targetPort: 80).ExcludeFromManifest();
        var service = _builder.AddContainer("x", "image", "1").WithArgs("-u", tool.GetEndpoint("http"));

        (await RefusalAsync(service)).ShouldBe(
            "Argument 2 of resource 'x' cannot be published: it is an address of resource 'tool', which is not part of "
                + "the deployment."
        );
    }

    [Fact]
    public async Task An_image_that_would_have_to_be_built_is_refused()
    {
        var service = _builder.AddDockerfile("x", AppContext.BaseDirectory, Deployment.AppHost);

        (await RefusalAsync(service)).ShouldStartWith(
            "Resource 'x' cannot be published: it has an image that is built from a Dockerfile"
        );
    }

    [Fact]
    public async Task A_parameter_without_a_value_is_refused_and_one_with_a_value_gets_a_line()
    {
        AppHostOptions.TryRead(new ConfigurationBuilder().Build(), out var settings, out _).ShouldBeTrue();
        _builder.Configuration["Parameters:colour"] = "dark green";
        var variables = new DeploymentVariables(_builder.Configuration, settings);
        var folder = Directory.CreateTempSubdirectory("softy-values-").FullName;
        try
        {
            var path = Path.Combine(folder, ".env");
            var file = await VariablesFile.ReadAsync(path, Cancellation);
            Dictionary<string, ParameterResource> parameters = new(StringComparer.Ordinal)
            {
                ["COLOUR"] = _builder.AddParameter("colour").Resource,
            };
            await variables.FillAsync(file, [], parameters, Cancellation);
            await file.WriteAsync(path, Cancellation);
            (await File.ReadAllLinesAsync(path, Cancellation)).ShouldContain("COLOUR='dark green'");

            parameters["API_KEY"] = _builder.AddParameter("api-key").Resource;
            var refusal = await Should.ThrowAsync<PublishException>(() =>
                variables.FillAsync(file, [], parameters, Cancellation)
            );
            refusal.Message.ShouldBe(
                "The parameter 'api-key' has no value. Give it one: as Parameters:api-key in the configuration, "
                    + "or as API_KEY in the .env of the output folder."
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<Softy.AppHost.Compose.Nodes.ComposeService> ReadAsync(IResourceBuilder<ContainerResource> service)
    {
        IResource[] deployed = [.. _builder.Resources.Where(resource => !resource.IsExcludedFromPublish())];
        var values = new ComposeValues(deployed.ToHashSet());
        return new AppModelReader(_builder.ExecutionContext, deployed, values, isSwarm: false).ReadAsync(
            service.Resource,
            Cancellation
        );
    }

    private async Task<string> RefusalAsync(IResourceBuilder<ContainerResource> service) =>
        (await Should.ThrowAsync<PublishException>(() => ReadAsync(service))).Message;
}
