// Takes README's pictures of a running Softy:
//
//   ./softy run
//   dotnet run --project docs/pictures -- http://localhost:8080 docs
//
// Needs Chromium; CHROMIUM names another program than /usr/bin/chromium.
// With the argument "install", it only fetches the browser that tests use where the system has none, and as root or
// with sudo the libraries that this browser needs.
using Microsoft.Playwright;
using Softy.Pictures;

if (args is ["install"])
{
    string[] libraries = Environment.IsPrivilegedProcess || Installation.MaySudo() ? ["--with-deps"] : [];
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

var photographer = new Photographer(browser, site);
await photographer.WriteOnTheWallAsync();
await SaveAsync("light.png", await photographer.PageAsync(ColorScheme.Light, 1280, 1180));
await SaveAsync("dark.png", await photographer.PageAsync(ColorScheme.Dark, 1280, 1180));
await SaveAsync("phone.png", await photographer.PageAsync(ColorScheme.Light, 390, 844));
await SaveAsync("balancer.png", await photographer.BalancerAtWorkAsync());
return 0;

Task SaveAsync(string name, byte[] picture) => File.WriteAllBytesAsync(Path.Combine(folder, name), picture);
