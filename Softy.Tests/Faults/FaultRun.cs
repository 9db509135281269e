using System.Diagnostics;
using System.Net.Http.Json;
using Npgsql;
using Softy.Tests.Api;
using Softy.Tests.Application;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Faults;

/// <summary>Sends traffic, causes faults, and checks that every acknowledged request was kept.</summary>
internal sealed class FaultRun(StoreApp softy) : IAsyncDisposable
{
    public static readonly string[] Replicas = ["api-1", "api-2", "api-3"];
    public static readonly string[] Resources = [.. Replicas, "web", "redis", "postgres", "gateway"];

    private static readonly TimeSpan _longestRecovery = TimeSpan.FromSeconds(120);

    /// <summary>
    /// How long before a crash an acknowledged visit may be lost: the interval at which counts are written to
    /// PostgreSQL, plus the delay of Redis' log, plus a margin.
    /// </summary>
    private static readonly TimeSpan _visitsAtRisk = TimeSpan.FromSeconds(4);

    private readonly FaultTimeline _timeline = new();
    private readonly List<(Process Process, string Name)> _processes = [];
    private readonly List<(long From, long To)> _riskyForVisits = [];
    private readonly HttpClient _client = softy.CreateGatewayClient();
    private readonly Dictionary<string, string> _secrets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _secretsTold = new(StringComparer.Ordinal);
    private bool _hasClients;

    public Traffic Traffic { get; } = new(softy.GatewayAddress);

    /// <summary>Starts the clients.</summary>
    /// <param name="withClients">
    /// Whether clients of every kind send requests all the time; if not, only the test itself does.
    /// </param>
    public async Task StartAsync(bool withClients = true)
    {
        await Traffic.PrepareAsync(Cancellation);
        if (withClients)
        {
            _hasClients = true;
            await Traffic.StartAsync(Cancellation);
            await Traffic.HasSentAsync(200, Cancellation);
        }
    }

    /// <summary>Causes the faults of a step at the same time, and waits until everything is healthy again.</summary>
    public Task ApplyAsync(IReadOnlyList<Fault> step) =>
        ApplyAsync(string.Join(" and ", step), () => Task.WhenAll(step.Select(ApplyAsync)), step);

    /// <summary>Causes a fault, and waits until everything is healthy again.</summary>
    /// <param name="what">Its name, for the error.</param>
    /// <param name="makeAsync">Causes the fault, and ends it.</param>
    /// <param name="faults">
    /// The faults that explain failed requests in the meantime. If there are none, clients may only be told to try
    /// again.
    /// </param>
    public async Task ApplyAsync(string what, Func<Task> makeAsync, params IReadOnlyList<Fault> faults)
    {
        RememberProcesses();
        var from = Stopwatch.GetTimestamp();
        using (_timeline.Begin(faults))
        {
            await makeAsync();
            await RecoverAsync(what);
        }

        // Visits that only Redis and a replica know are lost when both die at the same time.
        var dead = faults.Where(fault => fault.Kind != FaultKind.Freeze).Select(fault => fault.Target).ToArray();
        if (dead.Contains("redis", StringComparer.Ordinal) && Array.Exists(Replicas, dead.Contains))
        {
            _riskyForVisits.Add(
                (from - (long)(_visitsAtRisk.TotalSeconds * Stopwatch.Frequency), Stopwatch.GetTimestamp())
            );
        }

        await CheckSecretsAsync();
        if (_hasClients)
        {
            await Traffic.HasSentAsync(50, Cancellation);
        }
    }

    /// <summary>Stops the traffic, and compares the responses with the contents of the stores.</summary>
    /// <returns>The contradictions, one sentence each.</returns>
    public async Task<IReadOnlyList<string>> FinishAsync()
    {
        await Traffic.StopAsync();
        var findings = new List<string>(Traffic.Outcomes.Findings);
        var messages = new MessageChecks(softy, Traffic);
        await messages.CheckStoredAsync(findings);
        await messages.CheckLiveAsync(findings);
        await CheckVisitsAsync(findings);
        await CheckSecretsAsync();
        findings.AddRange(_secretsTold);
        CheckFailures(findings);
        CheckProcesses(findings);
        return findings;
    }

    /// <summary>Whether a fault explains a failed request.</summary>
    public bool IsExplained(FailedRequest failure) =>
        _timeline.Any(failure.From, failure.To, failure.Operation.IsExplainedBy);

    public async ValueTask DisposeAsync()
    {
        await Traffic.DisposeAsync();
        _client.Dispose();
        _processes.ForEach(known => known.Process.Dispose());
    }

    private async Task ApplyAsync(Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Kill:
                await softy.KillAsync(fault.Target, Cancellation);
                await Task.Delay(fault.Hold, Cancellation);
                if (_hasClients)
                {
                    // Clients notice the fault, even on a slow machine.
                    await Traffic.HasSentAsync(50, Cancellation);
                }

                await softy.CommandAsync(fault.Target, KnownResourceCommands.StartCommand, Cancellation);
                break;
            case FaultKind.Freeze:
                try
                {
                    await softy.FreezeAsync(fault.Target, Cancellation);
                    await Task.Delay(fault.Hold, Cancellation);
                }
                finally
                {
                    await softy.ThawAsync(fault.Target);
                }

                break;
            default:
                await softy.CommandAsync(fault.Target, KnownResourceCommands.RestartCommand, Cancellation);
                break;
        }
    }

    private async Task RecoverAsync(string what)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(_longestRecovery);
        try
        {
            foreach (var resource in Resources)
            {
                await softy.WaitUntilHealthyAsync(resource, patience.Token);
            }
        }
        catch (OperationCanceledException exception) when (!Cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"Not all is healthy again after {what}.", exception);
        }

        await Eventually.Async(
            async () =>
                (await _client.GetFromJsonAsync<GatewayStatus>("/gateway/status", Cancellation))!.Replicas.Count(
                    replica => replica.Health == "healthy" && Replicas.Contains(replica.Name)
                ) == Replicas.Length
                && await AnswersAsync("/")
                && await AnswersAsync("/api/visits")
                && await AnswersAsync("/api/messages?limit=1")
                && await softy.HaveReplicasStoresAsync(Cancellation),
            $"all answer again after {what}",
            _longestRecovery
        );
    }

    private async Task<bool> AnswersAsync(string path)
    {
        using var response = await _client.GetAsync(path, Cancellation);
        return response.IsSuccessStatusCode;
    }

    private async Task CheckVisitsAsync(List<string> findings)
    {
        var counted = await Traffic.VisitTotalAsync(Cancellation) - Traffic.VisitsBefore;
        var acknowledged = Traffic.Outcomes.Visits.Count;
        var atRisk = Traffic.Outcomes.Visits.Count(visit =>
            _riskyForVisits.Exists(window => visit >= window.From && visit <= window.To)
        );
        if (counted < acknowledged - atRisk || counted > acknowledged + Traffic.Outcomes.UnknownVisits)
        {
            findings.Add(
                $"{acknowledged} visits were acknowledged ({atRisk} while Redis and a replica died), "
                    + $"{Traffic.Outcomes.UnknownVisits} may have been counted, and {counted} are"
            );
        }
    }

    /// <summary>Looks for the stores' passwords in logs and in error responses.</summary>
    private async Task CheckSecretsAsync()
    {
        if (_secrets.Count == 0)
        {
            var postgres = new NpgsqlConnectionStringBuilder(
                await softy.App.GetConnectionStringAsync("softydb", Cancellation)
            );
            _secrets.Add("PostgreSQL's password", postgres.Password!);
            _secrets.Add(
                "Redis's password",
                RedisAccess.Parse((await softy.App.GetConnectionStringAsync("redis", Cancellation))!).Password
            );
        }

        var told = softy.Logs.Last(int.MaxValue);
        foreach (var (name, secret) in _secrets)
        {
            if (
                told.Contains(secret, StringComparison.Ordinal)
                || Traffic.Requests.Failures.Any(failure => failure.Body.Contains(secret, StringComparison.Ordinal))
            )
            {
                _secretsTold.Add($"{name} was told");
            }
        }
    }

    private void CheckFailures(List<string> findings) =>
        findings.AddRange(
            Traffic
                .Requests.Failures.Where(failure =>
                    failure.Kind is "500"
                    || (!IsExplained(failure) && !(failure.IsTurnedAway && failure.Operation.MayBeTurnedAway))
                )
                .GroupBy(failure => (failure.Operation.Name, failure.Kind))
                .Select(group => $"failed without a reason: {group.Key.Name}, {group.Key.Kind}, {group.Count()} times")
        );

    private void CheckProcesses(List<string> findings)
    {
        var current = Resources.Select(ProcessId).ToHashSet();
        findings.AddRange(
            _processes
                .Where(known => !known.Process.HasExited && !current.Contains(known.Process.Id))
                .Select(known => $"left behind: process {known.Process.Id} of {known.Name}")
        );
    }

    private void RememberProcesses()
    {
        foreach (var resource in Resources)
        {
            if (ProcessId(resource) is { } id && !_processes.Exists(known => known.Process.Id == id))
            {
                _processes.Add((Process.GetProcessById(id), resource));
            }
        }
    }

    /// <summary>The process of a resource; null if it is a container.</summary>
    private int? ProcessId(string resource)
    {
        softy.App.ResourceNotifications.TryGetCurrentState(resource, out var state).ShouldBeTrue();
        return state!.Snapshot.ProcessId();
    }

    /// <summary>A sentence about the acknowledged requests.</summary>
    public string Account(IReadOnlyCollection<string> findings) =>
        $"Messages acknowledged: {Traffic.Outcomes.Stored.Count}; lost, doubled or changed: {findings.Count}. Visits "
        + $"acknowledged: {Traffic.Outcomes.Visits.Count}.";
}
