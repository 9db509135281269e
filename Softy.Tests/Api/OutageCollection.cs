using Softy.Tests.Application;

namespace Softy.Tests.Api;

/// <summary>One application for the tests of the API that take stores, replicas or the schema away.</summary>
[CollectionDefinition(nameof(OutageCollection))]
public sealed class OutageCollection : ICollectionFixture<OutageCollection.Fixture>
{
    /// <summary>Replicas that leave at once, because nobody uses those that are stopped.</summary>
    public sealed class Fixture : StoreApp
    {
        /// <inheritdoc/>
        protected override void Configure(IDistributedApplicationTestingBuilder builder)
        {
            ArgumentNullException.ThrowIfNull(builder);
            builder.ConfigureReplicas(api => api.WithEnvironment("Draining__Delay", "00:00:00"));
        }
    }
}
