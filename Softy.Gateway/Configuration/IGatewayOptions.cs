namespace Softy.Gateway.Configuration;

/// <summary>Settings of one concern of the gateway, read from one section of the configuration.</summary>
internal interface IGatewayOptions
{
    /// <summary>The configuration section, for example <c>Gateway:Failover</c>.</summary>
    static abstract string Section { get; }
}
