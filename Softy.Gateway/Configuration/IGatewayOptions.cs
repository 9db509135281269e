namespace Softy.Gateway.Configuration;

/// <summary>Options of one feature of the gateway, bound to one section of the configuration.</summary>
internal interface IGatewayOptions
{
    /// <summary>The configuration section, for example <c>Gateway:Failover</c>.</summary>
    static abstract string Section { get; }
}
