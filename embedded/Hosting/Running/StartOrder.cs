using Aspire.Hosting.Dashboard;

namespace Aspire.Hosting.Running;

/// <summary>Who comes up after whom, and goes down before whom.</summary>
internal static class StartOrder
{
    /// <summary>What a resource needs before it can start.</summary>
    public static IEnumerable<IResource> Dependencies(IResource resource) =>
        resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource)
            .Concat(resource is IResourceWithParent child ? [child.Parent] : [])
            .Distinct();

    /// <summary>
    /// Who has to end before a resource does: those that need it, and before the dashboard everybody, because it takes
    /// their last telemetry.
    /// </summary>
    public static IEnumerable<IResource> EndBefore(IResource resource, IEnumerable<IResource> all) =>
        all.Where(other => other != resource
            && (resource.Name == DashboardResource.Name || Dependencies(other).Contains(resource)));

    /// <summary>Refuses resources that wait for each other.</summary>
    /// <exception cref="DistributedApplicationException">There is a circle of waits; the message names it.</exception>
    public static void RefuseCircles(IEnumerable<IResource> resources)
    {
        var done = new HashSet<IResource>();
        var path = new List<IResource>();
        foreach (var resource in resources)
        {
            Visit(resource);
        }

        void Visit(IResource resource)
        {
            if (path.IndexOf(resource) is >= 0 and var start)
            {
                throw new DistributedApplicationException(
                    $"These resources wait for each other: {string.Join(" → ", path.Skip(start).Append(resource))}. "
                    + "Take one of the waits out of the AppHost.");
            }

            if (!done.Add(resource))
            {
                return;
            }

            path.Add(resource);
            foreach (var dependency in Dependencies(resource))
            {
                Visit(dependency);
            }

            path.RemoveAt(path.Count - 1);
        }
    }
}
