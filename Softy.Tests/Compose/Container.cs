using System.Text.Json;

namespace Softy.Tests.Compose;

/// <summary>A container, as <c>docker inspect</c> tells of it.</summary>
internal sealed class Container(JsonElement inspected)
{
    public string Id => At("Id").GetString()!;

    /// <summary>What the container calls itself.</summary>
    public string HostName => At("Config/Hostname").GetString()!;

    public string Image => At("Config/Image").GetString()!;

    /// <summary>What the image is made of, whatever it is called.</summary>
    public string ImageId => At("Image").GetString()!;

    /// <summary>Its variables, as <c>NAME=value</c>; what has no sign is not set.</summary>
    public string[] Environment => [.. At("Config/Env").EnumerateArray().Select(variable => variable.GetString()!)];

    /// <summary>The service of the compose file.</summary>
    public string Service => At("Config/Labels/com.docker.compose.service").GetString()!;

    public bool HasReadOnlyRoot => At("HostConfig/ReadonlyRootfs").GetBoolean();

    /// <summary>The first process of the container, by the number that it has outside of it.</summary>
    public int ProcessId => At("State/Pid").GetInt32();

    public int Restarts => At("RestartCount").GetInt32();

    public bool IsRunning => At("State/Status").GetString() == "running";

    public bool IsHealthy => IsRunning && At("State/Health/Status").GetString() == "healthy";

    /// <summary>When the oldest probe that is known to have succeeded did so.</summary>
    public DateTimeOffset HealthySince =>
        At("State/Health/Log")
            .EnumerateArray()
            .First(probe => probe.GetProperty("ExitCode").GetInt32() == 0)
            .GetProperty("End")
            .GetDateTimeOffset();

    /// <summary>The addresses on the machine that lead into the container.</summary>
    public string[] PublishedPorts =>
        [
            .. At("NetworkSettings/Ports")
                .EnumerateObject()
                .Where(port => port.Value.ValueKind == JsonValueKind.Array)
                .SelectMany(port => port.Value.EnumerateArray())
                .Select(binding =>
                    $"{binding.GetProperty("HostIp").GetString()}:{binding.GetProperty("HostPort").GetString()}"
                ),
        ];

    private JsonElement At(string path) =>
        path.Split('/').Aggregate(inspected, (element, name) => element.GetProperty(name));
}
