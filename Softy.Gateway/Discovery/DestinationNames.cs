namespace Softy.Gateway.Discovery;

/// <summary>
/// Numbers the addresses of one service: <c>api-1</c>, <c>api-2</c>, … An address keeps its name for as long as it is
/// remembered, and no other address gets it, so that what is known about a destination never passes to another one.
/// </summary>
internal sealed class DestinationNames(string service)
{
    private const int Remembered = 1024;

    private readonly Dictionary<Uri, string> _names = [];
    private int _last;

    public string GetOrAdd(Uri address)
    {
        if (!_names.TryGetValue(address, out var name))
        {
            name = $"{service}-{++_last}";
            _names.Add(address, name);
        }

        return name;
    }

    /// <summary>Forgets addresses that are not in use, once there are many of them.</summary>
    public void Trim(IReadOnlyCollection<Uri> inUse)
    {
        if (_names.Count > Remembered)
        {
            foreach (var gone in _names.Keys.Except(inUse).ToList())
            {
                _names.Remove(gone);
            }
        }
    }
}
