-- Sends the requests that a file describes, and prints one line of JSON about how they went.
-- A request that is to be another each time has a number in it, as load.py tells.
local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

-- Each line of the file: share, method, path, body; between them tabs. A row of @ in path or body
-- stands for the number, in as many digits.
function init(arguments)
   math.randomseed(os.time())
   kinds, shares, count = {}, 0, math.random(500000)
   for line in io.lines(arguments[1]) do
      local share, method, path, body = line:match("^(%d+)\t(%u+)\t([^\t]+)\t(.*)$")
      local whole = wrk.format(method, path, nil, body ~= "" and body or nil)
      shares = shares + tonumber(share)
      local from, to = whole:find("@+")
      table.insert(kinds, {
         upto = shares,
         before = whole:sub(1, (from or 0) - 1),
         after = to and whole:sub(to + 1),
         number = to and string.format("%%0%dd", to - from + 1),
      })
   end
   if arguments[2] then
      made = io.open(arguments[2], "a")
      made:setvbuf("line")
      response = note_made
   end
end

function request()
   local kind = kinds[1]
   if #kinds > 1 then
      local chance, i = math.random(shares), 1
      while chance > kinds[i].upto do i = i + 1 end
      kind = kinds[i]
   end
   if not kind.number then return kind.before end
   count = count + 1
   return kind.before .. string.format(kind.number, count):reverse() .. kind.after
end

-- wrk hands headers to this only when it is there, which costs: only where it is asked for.
function note_made(status, headers, body)
   if status == 201 then made:write(body:match('"id":%s*(%d+)'), "\n") end
end

function done(summary, latency, requests)
   local errors, all = summary.errors, 0
   for _, number in pairs(errors) do all = all + number end
   io.write(string.format(
      '{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, "failed": %d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
      latency:percentile(99) / 1e3, latency.max / 1e3, all))
end
