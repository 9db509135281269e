namespace Softy.Tests.Gateway;

/// <summary>The gateway's tests run one after the other: most of them put load on the machine.</summary>
[CollectionDefinition(Name)]
public sealed class GatewayCollection
{
    public const string Name = "gateway";
}
