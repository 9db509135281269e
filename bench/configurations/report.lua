-- Argument: the body of a POST, in which %d is replaced by a unique number for each request; or @ and a file of paths,
-- of which each GET takes one at random. Without an argument, GET requests.
local number = 0

function setup(thread)
    thread:set("first", number)
    number = number + 1
end

function init(args)
    local body = args[1]
    if not body then
        return -- wrk then builds the request once, instead of calling this script for each
    end

    if string.sub(body, 1, 1) == "@" then
        local paths = {}
        for path in io.lines(string.sub(body, 2)) do
            paths[#paths + 1] = wrk.format("GET", path)
        end
        math.randomseed(os.time() + first)
        request = function()
            return paths[math.random(#paths)]
        end
        return
    end

    local count = first * 1000000000
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    request = function()
        count = count + 1
        return wrk.format(nil, nil, nil, (string.gsub(body, "%%d", string.format("%.0f", count))))
    end
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '\nresult {"requests":%d,"microseconds":%d,"bytes":%d,'
            .. '"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d,"p50":%d,"p99":%d,"p999":%d}\n',
        summary.requests, summary.duration, summary.bytes,
        errors.connect, errors.read, errors.write, errors.timeout, errors.status,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
