using System.Globalization;
using System.Text;
using Softy.Bench.Contestants;

namespace Softy.Bench.Report;

/// <summary>The part of the report that says which programs each contestant consists of.</summary>
internal static class WhatRuns
{
    private const string Replicas = "in front of the replicas of Softy";

    private static readonly (string Contestant, string Is)[] _programs =
    [
        (
            "Softy",
            "gateway and replicas as in the images: native programs (NativeAOT), built with "
                + "`dotnet publish -p:Native=true -p:Tuned=true`"
        ),
        (
            "Softy (JIT)",
            "a gateway, replicas and stores of its own, of the same source code, with programs that .NET compiles "
                + "while they run, built with `-p:Tuned=true` as for images with `RUNTIME=aspnet`"
        ),
        (Competitors.Nginx, $"nginx with `nginx-tuned.conf`, {Replicas}"),
        (Competitors.HAProxy, $"HAProxy with `haproxy.cfg`, {Replicas}"),
        ("Caddy", $"Caddy with `Caddyfile`, {Replicas}"),
        ("nginx, simple", $"nginx with `nginx-simple.conf`, {Replicas}"),
        ("nginx + Flask", "nginx with `nginx-simple.conf`, in front of three processes of `hello.py`"),
        ("no proxy", "one of the replicas of Softy, and for the web page its web site"),
    ];

    public static void Write(StringBuilder text, IReadOnlyList<WorkloadResult> workloads)
    {
        text.Append("\n## What runs\n\n| | |\n| --- | --- |\n");
        var contestants = workloads
            .SelectMany(workload => workload.Series)
            .Select(series => series.Contestant)
            .ToHashSet();
        foreach (var (contestant, programs) in _programs.Where(each => contestants.Contains(each.Contestant)))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {contestant} | {programs} |\n");
        }
    }
}
