using Softy.Tests.Application;

namespace Softy.Tests.Api;

/// <summary>One application for all tests of the API that do not stop its stores.</summary>
[CollectionDefinition(nameof(ApiCollection))]
public sealed class ApiCollection : ICollectionFixture<ApiCollection.Fixture>
{
    public const string Origin = "https://example.org";

    /// <summary>Three replicas that allow requests from one other origin.</summary>
    public sealed class Fixture : SoftyApp
    {
        /// <summary>Compares the responses with the description of the API.</summary>
        public DescribedAnswers Answers { get; } = new(new SocketsHttpHandler { UseProxy = false });

        protected override void Configure(IDistributedApplicationTestingBuilder builder)
        {
            ArgumentNullException.ThrowIfNull(builder);
            builder.ConfigureReplicas(api => api.WithEnvironment("Cors__Origins", Origin));
        }
    }
}
