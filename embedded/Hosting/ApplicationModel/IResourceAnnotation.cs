namespace Aspire.Hosting.ApplicationModel;

/// <summary>Something that is said of a resource. Stands for Aspire's interface of that name.</summary>
public interface IResourceAnnotation;
