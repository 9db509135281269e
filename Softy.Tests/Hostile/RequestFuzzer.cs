using System.Globalization;
using System.Text;

namespace Softy.Tests.Hostile;

/// <summary>
/// Makes requests from the grammar of HTTP/1.1, and breaks them in one to three places, because most attacks are nearly
/// well-formed. The same seed makes the same requests.
/// </summary>
internal sealed class RequestFuzzer(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Makes one request.</summary>
    /// <param name="name">A unique target, used unless the target is what gets broken.</param>
    public string Next(string name)
    {
        var request = new List<string>
        {
            "POST",
            " ",
            $"/api/{name}",
            " ",
            "HTTP/1.1",
            "\r\n",
            "Host",
            ": ",
            "x",
            "\r\n",
        };
        var body = _random.Next(3);
        switch (body)
        {
            case 0:
                request[0] = "GET";
                request.AddRange(["Accept", ": ", "*/*", "\r\n", "\r\n"]);
                break;
            case 1:
                request.AddRange(["Content-Length", ": ", "5", "\r\n", "\r\n", "hello"]);
                break;
            default:
                request.AddRange([
                    "Transfer-Encoding",
                    ": ",
                    "chunked",
                    "\r\n",
                    "\r\n",
                    "5",
                    "\r\n",
                    "hello",
                    "\r\n",
                    "0",
                    "\r\n",
                    "\r\n",
                ]);
                break;
        }

        for (var breaks = _random.Next(1, 4); breaks > 0 && request.Count > 0; breaks--)
        {
            Break(request);
        }

        return string.Concat(request);
    }

    private void Break(List<string> request)
    {
        var at = _random.Next(request.Count);
        switch (_random.Next(8))
        {
            case 0:
                request[at] = Instead(request[at]);
                break;
            case 1:
                request.RemoveAt(at);
                break;
            case 2:
                request.Insert(at, request[at]);
                break;
            case 3:
                request.InsertRange(
                    Math.Min(10, request.Count),
                    [
                        Pick(RequestParts.Names),
                        _random.Next(4) == 0 ? ":" : ": ",
                        Pick(RequestParts.Values),
                        Pick(RequestParts.Ends),
                    ]
                );
                break;
            case 4:
                request.InsertRange(
                    Math.Min(10, request.Count),
                    ["Content-Length", ": ", Pick(RequestParts.Values), "\r\n"]
                );
                break;
            case 5:
                request.InsertRange(
                    Math.Min(10, request.Count),
                    [
                        Pick(["Transfer-Encoding", "transfer-encoding", "Transfer-Encoding ", "Transfer-Encoding\t"]),
                        ":",
                        Pick(RequestParts.Values),
                        "\r\n",
                    ]
                );
                break;
            case 6:
                var text = request[at];
                var place = _random.Next(text.Length + 1);
                request[at] = text.Insert(place, ((char)_random.Next(256)).ToString());
                break;
            default:
                // Truncates the request.
                request.RemoveRange(at, request.Count - at);
                request.Add(string.Empty);
                break;
        }
    }

    private string Instead(string part) =>
        part switch
        {
            "GET" or "POST" => Pick(RequestParts.Methods),
            _ when part.StartsWith("/api/", StringComparison.Ordinal) => Pick(RequestParts.Targets),
            "HTTP/1.1" => Pick(RequestParts.Versions),
            "Host" or "Accept" or "Content-Length" or "Transfer-Encoding" => Pick(RequestParts.Names),
            "\r\n" => Pick(RequestParts.Ends),
            "5" or "0" => Pick(RequestParts.Sizes),
            ": " => Pick([":", " : ", "", ":\t", "::", "="]),
            "hello" => Pick(["", "hell", "helloo", "hello\r\n", "5\r\nhello"]),
            _ => Pick(RequestParts.Values),
        };

    private string Pick(string[] choices) => choices[_random.Next(choices.Length)];

    /// <summary>Formats a request so that it can be pasted into code.</summary>
    public static string Show(string request)
    {
        var text = new StringBuilder();
        foreach (var c in request.Length > 600 ? request[..600] : request)
        {
            text.Append(
                c switch
                {
                    '\r' => "\\r",
                    '\n' => "\\n",
                    < ' ' or > '~' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                    _ => c.ToString(),
                }
            );
        }

        return text.ToString();
    }
}
