namespace Softy.Api.Instances;

/// <summary>The replica that answered.</summary>
/// <param name="Name">The replica's name.</param>
/// <param name="Number">The replica's number, from 1; null where replicas are not numbered.</param>
/// <param name="Host">The name of the machine or container.</param>
/// <param name="Version">The version of the program.</param>
/// <param name="StartedAt">When the process started.</param>
/// <param name="Requests">How many requests it has handled since then, without health probes.</param>
internal sealed record InstanceInfo(
    string Name,
    int? Number,
    string Host,
    string Version,
    DateTimeOffset StartedAt,
    long Requests
);
