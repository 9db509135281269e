using System.Globalization;
using System.Text;

namespace Softy.Tests.Hostile;

/// <summary>
/// Makes requests from the grammar of HTTP/1.1, and breaks them in one to three places, because most attacks are nearly
/// well-formed. The same seed makes the same requests.
/// </summary>
internal sealed class RequestFuzzer(int seed)
{
    private static readonly string[] _methods =
    [
        "GET",
        "POST",
        "PUT",
        "DELETE",
        "HEAD",
        "OPTIONS",
        "PATCH",
        "get",
        "GETT",
        "G ET",
        "",
        "\0",
        "CONNECT",
        "TRACE",
        "PRI",
        new('A', 5000),
    ];
    private static readonly string[] _targets =
    [
        "/api/hello",
        "/api/messages?limit=1",
        "/",
        "*",
        "//",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/api/..%2f..%2fx",
        "/a\\..\\b",
        "/%00",
        "/%",
        "/%zz",
        "/\u00ff",
        "http://x/api/hello",
        "http://y/api/hello",
        "https://x:99999/",
        "x",
        "?",
        "/#",
        "/api/hello#a",
        "/a b",
        "/\t",
        "/;/api//hello",
        "/api/%68ello",
        "/" + new string('a', 9000),
        "/?" + new string('%', 500),
    ];

    private static readonly string[] _versions =
    [
        "HTTP/1.1",
        "HTTP/1.0",
        "HTTP/1.2",
        "HTTP/0.9",
        "HTTP/2.0",
        "http/1.1",
        "HTTP/1.1 ",
        "HTTP/11",
        "HTTP",
        "",
        "HTTP/1.1\0",
    ];
    private static readonly string[] _names =
    [
        "Host",
        "host",
        "Host ",
        " Host",
        "Content-Length",
        "Content-Length ",
        "content-length",
        "Content_Length",
        "Transfer-Encoding",
        "Transfer-Encoding ",
        "Transfer\0-Encoding",
        "Connection",
        "Keep-Alive",
        "Upgrade",
        "Expect",
        "TE",
        "Trailer",
        "Via",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "Forwarded",
        "X-Softy-Instance",
        "Idempotency-Key",
        "Range",
        "Cookie",
        "",
        ":",
        "X-\u00e9",
        "X\tA",
        "X-" + new string('a', 3000),
    ];

    private static readonly string[] _values =
    [
        "x",
        "",
        "0",
        "5",
        "005",
        "+5",
        "-5",
        "5,5",
        "5, 6",
        "0x5",
        "5 5",
        "99999999999999999999",
        "chunked",
        "chunked ",
        "\tchunked",
        "Chunked",
        "chunked, chunked",
        "identity",
        "gzip, chunked",
        "chunked, identity",
        "close",
        "keep-alive, Host",
        "Content-Length",
        "h2c",
        "websocket",
        "100-continue",
        "a\rb",
        "a\nb",
        "a\r\n b",
        "a\0b",
        "\u00ff\u00fe",
        "127.0.0.1",
        "<script>",
        "' OR 1=1 --",
        "bytes=0-,0-,0-",
        new('a', 2000),
    ];

    private static readonly string[] _ends = ["\r\n", "\n", "\r", "\r\r\n", "\n\r", "", "\0\r\n"];
    private static readonly string[] _sizes =
    [
        "5",
        "05",
        "5;a=b",
        "5 ",
        " 5",
        "+5",
        "-5",
        "0x5",
        "5\n",
        "FFFFFFFF",
        "FFFFFFFFFFFFFFFFF",
        "",
        "g",
        "5\0",
        "5;" + new string('a', 5000),
    ];

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
                    [Pick(_names), _random.Next(4) == 0 ? ":" : ": ", Pick(_values), Pick(_ends)]
                );
                break;
            case 4:
                request.InsertRange(Math.Min(10, request.Count), ["Content-Length", ": ", Pick(_values), "\r\n"]);
                break;
            case 5:
                request.InsertRange(
                    Math.Min(10, request.Count),
                    [
                        Pick(["Transfer-Encoding", "transfer-encoding", "Transfer-Encoding ", "Transfer-Encoding\t"]),
                        ":",
                        Pick(_values),
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
            "GET" or "POST" => Pick(_methods),
            _ when part.StartsWith("/api/", StringComparison.Ordinal) => Pick(_targets),
            "HTTP/1.1" => Pick(_versions),
            "Host" or "Accept" or "Content-Length" or "Transfer-Encoding" => Pick(_names),
            "\r\n" => Pick(_ends),
            "5" or "0" => Pick(_sizes),
            ": " => Pick([":", " : ", "", ":\t", "::", "="]),
            "hello" => Pick(["", "hell", "helloo", "hello\r\n", "5\r\nhello"]),
            _ => Pick(_values),
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
