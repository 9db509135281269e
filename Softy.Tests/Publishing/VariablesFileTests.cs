using Softy.AppHost.Compose;

namespace Softy.Tests.Publishing;

/// <summary>Reads and changes lines of <c>.env</c> in all forms that Compose supports.</summary>
public sealed class VariablesFileTests
{
    [Theory]
    [InlineData("KEY=", "KEY=new")]
    [InlineData("KEY=\"\"", "KEY=\"new\"")]
    [InlineData("  export KEY = # none yet", "  export KEY = new # none yet")]
    [InlineData("\uFEFFKEY=\r\n", "\uFEFFKEY=new\r\n")]
    public Task A_key_without_a_value_gets_one(string before, string after) =>
        ShouldBecomeAsync(before, after, rotate: false);

    [Theory]
    [InlineData("KEY=old")]
    [InlineData("KEY=o#ld # comment")]
    [InlineData("KEY='o l\"d' # comment")]
    [InlineData("export KEY=\"o\\\"ld\"")]
    [InlineData("OTHER='several\nKEY=\nlines'\nKEY=old")]
    public Task A_key_with_a_value_keeps_it(string text) => ShouldBecomeAsync(text, text, rotate: false);

    [Theory]
    [InlineData("KEY=old", "KEY=new")]
    [InlineData("KEY=o#ld two # comment", "KEY=new # comment")]
    [InlineData("KEY='o l\"d' # comment", "KEY='new' # comment")]
    [InlineData("KEY=\"o\\\"ld\"\nOTHER=KEY=x\n", "KEY=\"new\"\nOTHER=KEY=x\n")]
    [InlineData("KEY=a\nKEY=b\n", "KEY=new\nKEY=new\n")]
    public Task A_secret_that_is_to_change_keeps_what_is_around_it(string before, string after) =>
        ShouldBecomeAsync(before, after, rotate: true);

    [Theory]
    [InlineData("# KEY=x", "# KEY=x\n\n# What it is.\nKEY=new\n")]
    [InlineData("MYKEY=x\r\n", "MYKEY=x\r\n\r\n# What it is.\r\nKEY=new\r\n")]
    [InlineData("", "# What it is.\nKEY=new\n")]
    public Task A_key_that_is_absent_is_added_at_the_end(string before, string after) =>
        ShouldBecomeAsync(before, after, rotate: false);

    [Fact]
    public async Task Bytes_that_are_no_text_and_a_link_are_kept()
    {
        var folder = Directory.CreateTempSubdirectory("softy-variables-").FullName;
        try
        {
            var path = Path.Combine(folder, ".env");
            var target = Path.Combine(folder, "elsewhere");
            byte[] bytes = [(byte)'#', 0xFF, 0xFE, (byte)'\n'];
            await File.WriteAllBytesAsync(target, bytes, Cancellation);
            File.CreateSymbolicLink(path, target);

            var file = await VariablesFile.ReadAsync(path, Cancellation);
            file.Add("KEY", "new", "What it is.");
            await file.WriteAsync(path, Cancellation);

            (await File.ReadAllBytesAsync(target, Cancellation)).Take(4).ShouldBe(bytes);
            new FileInfo(path).LinkTarget.ShouldBe(target);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task ShouldBecomeAsync(string before, string after, bool rotate)
    {
        var folder = Directory.CreateTempSubdirectory("softy-variables-").FullName;
        try
        {
            var path = Path.Combine(folder, ".env");
            await File.WriteAllTextAsync(path, before, Cancellation);

            var file = await VariablesFile.ReadAsync(path, Cancellation);
            file.Add("KEY", () => "new", "What it is.", rotate);
            await file.WriteAsync(path, Cancellation);

            System.Text.Encoding.UTF8.GetString(await File.ReadAllBytesAsync(path, Cancellation)).ShouldBe(after);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
