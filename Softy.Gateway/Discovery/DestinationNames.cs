namespace Softy.Gateway.Discovery;

/// <summary>
/// Assigns names to the addresses of one service: <c>api-1</c>, <c>api-2</c>, ... An address keeps its name, and no
/// other address gets the same name, so that the state of one destination is never applied to another.
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

    /// <summary>Forgets unused addresses if there are many of them.</summary>
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
