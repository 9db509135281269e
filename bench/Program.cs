using System.Globalization;
using Softy.Bench;
using Softy.Bench.Report;

if (BenchOptions.Read(args, out var error) is not { } options)
{
    await Console.Error.WriteLineAsync($"bench: {error}");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true; // stop the processes that were started first
    stop.Cancel();
};

try
{
    var result = await new BenchRun(options).RunAsync(stop.Token);
    var report = MarkdownReport.Compose(result);
    if (options.Output is { } folder)
    {
        await MarkdownReport.WriteAsync(result, folder, stop.Token);
        await Console.Error.WriteLineAsync($"bench: the report is in {Path.Combine(folder, "performance.md")}");
    }
    else
    {
        Console.Write(report);
    }

    var errors = result
        .Workloads.Append(result.FixedRate)
        .SelectMany(workload => workload.Series)
        .Where(series => series.Contestant is "Softy" or "Softy (JIT)")
        .Sum(series => series.Errors);
    if (errors > 0)
    {
        await Console.Error.WriteLineAsync(
            $"bench: {errors.ToString(CultureInfo.InvariantCulture)} requests failed behind the gateway."
        );
        return 1;
    }

    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("bench: stopped.");
    return 130;
}
catch (InvalidOperationException e)
{
    await Console.Error.WriteLineAsync($"bench: {e.Message}");
    return 1;
}
