using Microsoft.Playwright;

namespace Softy.Tests.Web;

/// <summary>A real Chromium, started once for a class of tests. Every visitor gets a separate profile.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] _programs =
    [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];

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

    /// <summary>Nothing takes nearly as long on an idle machine: only failures wait for all of it.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout((float)Patience.TotalMilliseconds);
        _playwright = await Playwright.CreateAsync().WaitAsync(Patience);
        _browser = await LaunchAsync(_playwright.Chromium, FindProgram());
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_browser is not null)
            {
                await Disposal.BoundedAsync("the browser", _browser.DisposeAsync);
            }
        }
        finally
        {
            await Disposal.BoundedAsync(
                "Playwright",
                () =>
                {
                    _playwright?.Dispose();
                    return ValueTask.CompletedTask;
                }
            );
        }
    }

    /// <summary>Opens a new profile, which shares no cache, storage or connections with others.</summary>
    public async Task<IBrowserContext> NewProfileAsync(BrowserNewContextOptions? options = null)
    {
        var browser = _browser ?? throw new InvalidOperationException("The browser has not started.");
        var profile = await browser.NewContextAsync(options).WaitAsync(Patience);
        profile.SetDefaultTimeout((float)Patience.TotalMilliseconds);
        return profile;
    }

    // Without a path, Playwright starts the browser of its own installation.
    private static async Task<IBrowser> LaunchAsync(IBrowserType chromium, string? program)
    {
        try
        {
            return await chromium.LaunchAsync(new() { ExecutablePath = program, Args = _arguments });
        }
        catch (PlaywrightException e) when (program is null)
        {
            throw new InvalidOperationException(
                $"The browser tests need Chromium; none of {string.Join(", ", _programs)} is on the PATH, and "
                    + "Playwright has none either. './softy setup' installs one; "
                    + "so does 'apt-get install chromium' on Debian.",
                e
            );
        }
    }

    private static string? FindProgram()
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        var found =
            from program in _programs
            from folder in path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            let file = Path.Combine(folder, program)
            where File.Exists(file) && !IsSnap(file)
            select file;

        return found.FirstOrDefault();
    }

    // Playwright cannot control a snap, because it is confined to its own folders. On Ubuntu, chromium is a link to
    // snap, and chromium-browser is a short script that starts it.
    private static bool IsSnap(string file)
    {
        var target = File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
        if (target.EndsWith("/snap", StringComparison.Ordinal))
        {
            return true;
        }

        using var reader = File.OpenRead(file);
        var start = new byte[4096];
        var length = reader.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return start.AsSpan(0, length).IndexOf("/snap/"u8) >= 0;
    }
}
