using Microsoft.Extensions.Configuration;
using Softy.AppHost;
using Softy.Tests.Documentation;

namespace Softy.Tests.AppHost;

/// <summary>Every argument of the AppHost has an effect, or is refused with what is wrong with it.</summary>
public sealed class ArgumentsTests
{
    [Theory]
    [InlineData("--Replicas=101", "Replicas is '101'; it must be a whole number from 1 to 100.")]
    [InlineData("--MaxReplicas=2", "MaxReplicas is '2'; it must be a whole number from 3 to 100.")]
    [InlineData("--Gateway:Port=x", "Gateway:Port is 'x'; it must be a whole number from 0 to 65535.")]
    [InlineData("--Gateway:Policy=Fastest", "Gateway:Policy is 'Fastest'; it must be one of RoundRobin, ")]
    [InlineData("--Dashboard:Enabled=maybe", "Dashboard:Enabled is 'maybe'; it must be one of true, false.")]
    [InlineData("--Deployment:RotateSecrets=maybe", "Deployment:RotateSecrets is 'maybe'; it must be one of ")]
    [InlineData("--Stores=1", "Stores is '1'; it must be one of Auto, Container, Process.")]
    [InlineData("--Volumes=../x", "Volumes is '../x'; it must be of letters, digits, '-' and '_', ")]
    [InlineData("--Programs=/dev", "Programs is '/dev'; it must be a folder that has Softy.Api/Softy.Api.")]
    public void A_value_that_makes_no_sense_is_refused(string argument, string expected)
    {
        var configuration = new ConfigurationBuilder().AddCommandLine([argument]).Build();

        AppHostOptions.TryRead(configuration, out _, out var error).ShouldBeFalse();

        error.ShouldStartWith(expected);
    }

    [Theory]
    [InlineData("--Gateway:Prot=80", "--Gateway:Prot is not an option. Options are --Replicas, --MaxReplicas, ")]
    [InlineData("--Gateway:Limits:Burst=1", "--Gateway:Limits:Burst is not an option. Options are --Replicas, ")]
    [InlineData("--replica 5", "--replica is not an option. Options are --Replicas, ")]
    [InlineData("/Port=1", "--Port is not an option. Options are --Replicas, ")]
    [InlineData("Port=1", "--Port is not an option. Options are --Replicas, ")]
    [InlineData("--Replicas 5 6", "The argument 3 is neither --Name=value nor --Name value.")]
    [InlineData("-v", "The argument 1 is neither --Name=value nor --Name value.")]
    [InlineData("--Volumes=none --Deployment:RotateSecrets", "--Deployment:RotateSecrets has no value; write ")]
    public void An_argument_without_effect_is_refused(string arguments, string expected) =>
        FindError(arguments.Split(' ')).ShouldStartWith(expected);

    [Fact]
    public void The_value_of_a_refused_argument_is_not_repeated() =>
        FindError("--Parameters=hunter2").ShouldNotBeNull().ShouldNotContain("hunter2");

    [Theory]
    [InlineData("")]
    [InlineData("--Replicas=5 --gateway:port=80 /Volumes=none Stores=process")]
    [InlineData("--Replicas 5 --Gateway:Port 80")]
    [InlineData("--operation publish --step publish --output-path deploy --log-level debug")]
    [InlineData("--operation inspect --list-steps true --clear-cache true --yes true")]
    [InlineData("--environment Production --Logging:LogLevel:Default=Debug --Parameters:postgres-password=x")]
    [InlineData("ASPIRE_ALLOW_UNSECURED_TRANSPORT=true --dcp-cli-path /dcp")]
    public void Options_of_Softy_of_Aspire_and_of_NET_are_accepted(string arguments) =>
        FindError(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ShouldBeNull();

    [Fact]
    public void Every_documented_setting_is_an_option() =>
        Arguments.Options.ShouldBe(
            SettingsCatalog.AppHost().SelectMany(group => group.Settings).Select(setting => setting.Key),
            ignoreOrder: true
        );

    private static string? FindError(params string[] args) =>
        Arguments.FindError(args, DistributedApplication.CreateBuilder(args).Configuration);
}
