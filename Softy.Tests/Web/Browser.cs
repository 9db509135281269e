using Microsoft.Playwright;

namespace Softy.Tests.Web;

/// <summary>A real Chromium, started once for a class of tests. Every visitor gets a profile of its own.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] _programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private static readonly string[] _arguments =
    [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ];

    /// <summary>In milliseconds. Far longer than anything takes on a machine that has nothing else to do: only a failure waits that long.</summary>
    private const float Patience = 120_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = FindProgram(), Args = _arguments });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Opens a new profile: no cache, no storage, no connections shared with another.</summary>
    public async Task<IBrowserContext> NewProfileAsync(BrowserNewContextOptions? options = null)
    {
        var profile = await (_browser ?? throw new InvalidOperationException("The browser has not started.")).NewContextAsync(options);
        profile.SetDefaultTimeout(Patience);
        return profile;
    }

    private static string FindProgram()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found =
            from program in _programs
            from folder in folders
            let path = Path.Combine(folder, program)
            where File.Exists(path)
            select path;

        return found.FirstOrDefault() ?? throw new FileNotFoundException(
            $"The browser tests need Chromium; none of {string.Join(", ", _programs)} is on the PATH. On Debian: apt-get install chromium");
    }
}
