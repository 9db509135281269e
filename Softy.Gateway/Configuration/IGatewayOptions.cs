namespace Softy.Gateway.Configuration;

/// <summary>Options of one feature of the gateway, bound to one section of the configuration.</summary>
internal interface IGatewayOptions
{
    /// <summary>The configuration section, for example <c>Gateway:Failover</c>.</summary>
    static abstract string Section { get; }

    /// <summary>The sections of properties that are objects themselves. The binder would bind a property.</summary>
    static virtual IReadOnlyList<OptionsSection> GetParts() => [];

    /// <summary>
    /// Calls <c>section.Bind(this)</c>. Each type has its own call, because the code that binds is generated for the
    /// type of the argument.
    /// </summary>
    void Bind(IConfiguration section);
}
