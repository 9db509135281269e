namespace Softy.Gateway.Settings;

/// <summary>Settings of one concern of the gateway, read from one section of the configuration.</summary>
internal interface ISettings
{
    /// <summary>The configuration section, for example <c>Gateway:Failover</c>.</summary>
    static abstract string Section { get; }
}
