namespace Softy.Tests.Compose;

/// <summary>
/// One deployment for all of its tests. They run one after the other and leave it with three healthy replicas.
/// </summary>
[CollectionDefinition(Name)]
public sealed class ComposeCollection : ICollectionFixture<ComposeApp>
{
    public const string Name = "compose";
}

/// <summary>Tests that need an engine but no deployment. They run in parallel with those of the deployment.</summary>
[CollectionDefinition(Name)]
public sealed class EngineCollection
{
    public const string Name = "engine";
}
