namespace Softy.Tests.Compose;

/// <summary>One deployment for all tests of it, which run one after the other and leave it with three healthy replicas.</summary>
[CollectionDefinition(Name)]
public sealed class ComposeCollection : ICollectionFixture<ComposeApp>
{
    public const string Name = "compose";
}

/// <summary>Tests that need an engine and not the deployment, beside which they run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class EngineCollection
{
    public const string Name = "engine";
}
