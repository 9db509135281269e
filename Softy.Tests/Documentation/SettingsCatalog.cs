using System.Collections;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Softy.AppHost;
using Softy.Gateway;
using Softy.Gateway.Configuration;
using Softy.ServiceDefaults.Draining;
using Softy.Tests.Entry;

namespace Softy.Tests.Documentation;

/// <summary>
/// Finds every setting of Softy's programs by its registration, so that none can be forgotten: those of the gateway by
/// their <see cref="OptionsSection"/>, options classes by their constant <c>SectionName</c>, those of the AppHost by
/// its record, and single keys by a documented constant.
/// </summary>
internal static class SettingsCatalog
{
    private const string SectionName = "SectionName";

    // A project reference to the API would bring a package that conflicts with those of other programs.
    private static readonly Lazy<Assembly> _api = new(LoadApi);

    public static IReadOnlyList<SettingsGroup> AppHost()
    {
        var assembly = typeof(AppHostOptions).Assembly;
        var documentation = new XmlDocumentation(assembly);
        var summary = documentation.Of(typeof(AppHostOptions), "summary");
        return [new SettingsGroup("", summary, [.. OfRecord(documentation), .. OfConstants(assembly, documentation)])];
    }

    public static IReadOnlyList<SettingsGroup> Gateway()
    {
        var documentation = new XmlDocumentation(typeof(GatewayExtensions).Assembly);
        return
        [
            .. GatewaySections()
                .OrderBy(section => section.Path, StringComparer.OrdinalIgnoreCase)
                .Select(section => OfOptions(section.Path, section.Type, documentation)),
        ];
    }

    public static IReadOnlyList<SettingsGroup> Api() => OfAssembly(_api.Value);

    public static IReadOnlyList<SettingsGroup> ServiceDefaults() => OfAssembly(typeof(DrainOptions).Assembly);

    public static IEnumerable<Setting> All() =>
        new[] { AppHost(), Gateway(), Api(), ServiceDefaults() }
            .SelectMany(groups => groups)
            .SelectMany(group => group.Settings);

    /// <summary>The sections that the gateway registers, and the types that it binds to them.</summary>
    public static IReadOnlyList<OptionsSection> GatewaySections() =>
        [
            .. WebApplication
                .CreateBuilder()
                .AddGateway()
                .Services.Select(service => service.ImplementationInstance)
                .OfType<OptionsSection>(),
        ];

    /// <summary>The names of the options classes that have a section.</summary>
    public static IEnumerable<string> OptionsNames() =>
        new[] { _api.Value, typeof(DrainOptions).Assembly }.SelectMany(OptionsTypes).Select(type => type.Name);

    /// <summary>The comment on the class that reads the API's connection strings.</summary>
    public static string Connections() =>
        new XmlDocumentation(_api.Value).Of(
            _api.Value.GetType("Softy.Api.Stores.StoreConnectionStrings", throwOnError: true)!,
            "summary"
        );

    private static SettingsGroup[] OfAssembly(Assembly assembly)
    {
        var documentation = new XmlDocumentation(assembly);
        return
        [
            new SettingsGroup("", "", [.. OfConstants(assembly, documentation)]),
            .. OptionsTypes(assembly)
                .Select(type => OfOptions((string)Section(type)!.GetRawConstantValue()!, type, documentation))
                .OrderBy(group => group.Path, StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<Type> OptionsTypes(Assembly assembly) =>
        assembly.GetTypes().Where(type => !type.IsAbstract && Section(type) is not null);

    private static FieldInfo? Section(Type type) =>
        type.GetField(SectionName, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);

    private static SettingsGroup OfOptions(string path, Type type, XmlDocumentation documentation) =>
        new(path, documentation.Of(type, "summary"), [.. OfProperties(path, type, [], documentation)]);

    private static IEnumerable<Setting> OfProperties(
        string path,
        Type root,
        PropertyInfo[] parents,
        XmlDocumentation documentation
    )
    {
        var owner = parents.Length == 0 ? root : parents[^1].PropertyType;
        foreach (var property in owner.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            PropertyInfo[] chain = [.. parents, property];
            var type = property.PropertyType;
            var isList = type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable));
            if (!property.CanWrite && !type.IsAssignableTo(typeof(ICollection)))
            {
                continue;
            }

            var key = string.Join(':', [path, .. chain.Select(part => part.Name)]);
            if (type.GetElementType() is { IsClass: true } element && element != typeof(string))
            {
                foreach (var setting in OfProperties($"{key}{Suffix(type, isList)}", element, [], documentation))
                {
                    yield return setting;
                }

                continue;
            }

            if (type is { IsClass: true, Namespace: { } space } && space.StartsWith("Softy.", StringComparison.Ordinal))
            {
                foreach (var setting in OfProperties(path, root, chain, documentation))
                {
                    yield return setting;
                }

                continue;
            }

            var allowed = documentation.Of(property, "value");
            yield return new Setting(
                // Service discovery writes its keys in lower case; .NET ignores the case of keys.
                (char.IsLower(path[0]) ? key.ToLowerInvariant() : key) + Suffix(type, isList),
                SettingsFormat.TypeName(type),
                SettingsFormat.Value(
                    chain.Aggregate(Activator.CreateInstance(root), (value, part) => part.GetValue(value))
                ),
                allowed.Length > 0 ? allowed : AllowedValues.Of(root, chain) ?? "",
                documentation.Of(property, "summary")
            );
        }
    }

    private static string Suffix(Type type, bool isList) =>
        !isList ? ""
        : type.IsAssignableTo(typeof(IDictionary)) ? ":<name>"
        : ":<n>";

    private static IEnumerable<Setting> OfRecord(XmlDocumentation documentation)
    {
        AppHostOptions.TryRead(Configuration(), out var defaults, out _).ShouldBeTrue();
        foreach (var parameter in typeof(AppHostOptions).GetConstructors().Single().GetParameters())
        {
            var (key, meaning) = documentation.OfParameter(typeof(AppHostOptions), parameter.Name!);
            // The error of the AppHost tells the accepted values, and proves that the key is read.
            AppHostOptions
                .TryRead(Configuration((key, "!")), out _, out var error)
                .ShouldBeFalse($"{key} is not read.");
            error.ShouldStartWith($"{key} is '!'; it must be ");
            yield return new Setting(
                key,
                SettingsFormat.TypeName(parameter.ParameterType),
                SettingsFormat.Value(typeof(AppHostOptions).GetProperty(parameter.Name!)!.GetValue(defaults)),
                AllowedValues.FromMessage(error)!,
                meaning
            );
        }
    }

    /// <summary>
    /// Single keys: constants whose comment has a tag <c>value</c> with the type, the default and the allowed values,
    /// separated by semicolons.
    /// </summary>
    private static IEnumerable<Setting> OfConstants(Assembly assembly, XmlDocumentation documentation) =>
        from type in assembly.GetTypes()
        from constant in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        where constant.IsLiteral && constant.FieldType == typeof(string)
        let value = documentation.Of(constant, "value").Split("; ")
        where value.Length == 3
        let key = (string)constant.GetRawConstantValue()!
        orderby key
        select new Setting(key, value[0], value[1], value[2], documentation.Of(constant, "summary"));

    private static IConfiguration Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Key, (string?)value.Value)))
            .Build();

    private static Assembly LoadApi()
    {
        var output = Path.GetRelativePath(Path.Combine(Sources.Root, "Softy.Tests"), AppContext.BaseDirectory);
        var path = Path.Combine(Sources.Root, "Softy.Api", output, "Softy.Api.dll");
        var resolver = new AssemblyDependencyResolver(path);
        var context = new AssemblyLoadContext("Softy.Api");
        context.Resolving += (_, name) =>
            resolver.ResolveAssemblyToPath(name) is { } file ? context.LoadFromAssemblyPath(file) : null;
        return context.LoadFromAssemblyPath(path);
    }
}
