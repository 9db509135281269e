// Takes the pictures in README.md of a running application:
//
//   ./softy run
//   dotnet run --project docs/pictures -- http://localhost:8080 docs
//
// Needs Chromium at /usr/bin/chromium, or at the path in the variable CHROMIUM.
// With the argument "install", it only installs the browser that tests use where the system has none. As root or with
// sudo, it also installs the libraries that this browser needs.
using Microsoft.Playwright;
using Softy.Pictures;

if (args is ["install"])
{
    string[] libraries = Environment.IsPrivilegedProcess || Installation.CanSudo() ? ["--with-deps"] : [];
    return Microsoft.Playwright.Program.Main(["install", "--only-shell", .. libraries, "chromium"]);
}

if (
    args is not [var address, var folder]
    || !Uri.TryCreate(address, UriKind.Absolute, out var site)
    || !Directory.Exists(folder)
)
{
    await Console.Error.WriteLineAsync(
        "Usage: dotnet run --project docs/pictures -- <address of the gateway> <existing folder for the pictures>"
    );
    return 2;
}

using var playwright = await Playwright.CreateAsync();
await using var browser = await playwright.Chromium.LaunchAsync(
    new()
    {
        ExecutablePath = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium",
        Args =
        [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }
);

var screenshots = new SiteScreenshots(browser, site);
await screenshots.PostMessagesAsync();
await SaveAsync("light.png", await screenshots.CapturePageAsync(ColorScheme.Light, 1280, 1180));
await SaveAsync("dark.png", await screenshots.CapturePageAsync(ColorScheme.Dark, 1280, 1180));
await SaveAsync("phone.png", await screenshots.CapturePageAsync(ColorScheme.Light, 390, 844));
await SaveAsync("balancer.png", await screenshots.RecordBalancerAsync());
return 0;

Task SaveAsync(string name, byte[] picture) => File.WriteAllBytesAsync(Path.Combine(folder, name), picture);
