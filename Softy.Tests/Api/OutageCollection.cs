using Softy.Tests.Application;

namespace Softy.Tests.Api;

/// <summary>One application for the tests of the API that stop stores or replicas, or change the schema.</summary>
[CollectionDefinition(nameof(OutageCollection))]
public sealed class OutageCollection : ICollectionFixture<OutageCollection.Fixture>
{
    /// <summary>Replicas that stop without a delay, because the tests send them no more requests.</summary>
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
